// libtorch is C++ and is included by CTorchShim only; this module carries its link flags.
