import CTorchShim
import Testing

/// The shim as C sees it: statuses, messages, and out-parameters that failures leave alone.
@Suite struct BoundaryTests {
  @Test func `the interface has the version the package was written for`() {
    #expect(spw_abi_version() == 1)
    #expect(String(cString: spw_torch_version()).hasPrefix("2."))
  }

  @Test func `a failure leaves a message and no tensor`() {
    let bytes: [UInt8] = [1, 2, 3]
    var out = SpwTensor(pointer: nil)
    let status = spw_tensor_from_bytes(bytes, bytes.count, [2], 1, Int32(SPW_FLOAT32), &out)
    #expect(status == Int32(SPW_INVALID_ARGUMENT))
    #expect(out.pointer == nil)
    #expect(String(cString: spw_last_message()).contains("need 8 bytes, found 3"))
  }

  @Test func `a null tensor is an error and freeing one is not`() {
    var out = SpwTensor(pointer: nil)
    let status = spw_unary(Int32(SPW_RELU.rawValue), SpwTensor(pointer: nil), &out)
    #expect(status == Int32(SPW_INVALID_ARGUMENT))
    #expect(String(cString: spw_last_message()).contains("null handle"))
    spw_tensor_free(SpwTensor(pointer: nil))
  }

  @Test func `negative sizes are refused`() {
    var out = SpwTensor(pointer: nil)
    let status = spw_tensor_from_bytes(nil, 0, [-1], 1, Int32(SPW_FLOAT32), &out)
    #expect(status == Int32(SPW_INVALID_ARGUMENT))
    #expect(out.pointer == nil)
  }
}
