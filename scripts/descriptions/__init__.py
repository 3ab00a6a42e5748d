"""Turns apt's package descriptions into a retrieval collection: synopsis in, description out."""
