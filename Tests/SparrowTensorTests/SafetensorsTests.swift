import Foundation
import SparrowTensor
import SparrowTestSupport
import Testing

@Suite struct SafetensorsTests {
  private func writeSample(to url: URL) throws {
    try SafetensorsWriter.write(
      [
        ("b", Tensor([1, 2, 3] as [Float])), ("a", Tensor([7, 8] as [Int64], shape: [2, 1])),
        ("c", Tensor([0.5, 0.25] as [Float]).to(.bfloat16)),
      ], metadata: ["format": "pt"], to: url)
  }

  @Test func `tensors come back as they were written`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try writeSample(to: url)
      let file = try SafetensorsFile(contentsOf: url)
      #expect(file.entries.map(\.name) == ["a", "b", "c"])
      #expect(file.metadata == ["format": "pt"])
      #expect(try file.tensor("a").values(as: Int64.self) == [7, 8])
      #expect(try file.tensor("b").values(as: Float.self) == [1, 2, 3])
      #expect(try file.tensor("c").values(as: Float.self) == [0.5, 0.25])
      #expect(try file.tensor("a").shape == [2, 1])
    }
  }

  @Test func `a tensor outlives its file object and changes only a copy`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try writeSample(to: url)
      let tensor = try SafetensorsFile(contentsOf: url).tensor("b")
      try tensor.fill(9)
      #expect(try tensor.values(as: Float.self) == [9, 9, 9])
      #expect(try SafetensorsFile(contentsOf: url).tensor("b").values(as: Float.self) == [1, 2, 3])
    }
  }

  @Test func `every truncation is refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try writeSample(to: url)
      let whole = try Data(contentsOf: url)
      for length in 0..<whole.count {
        try whole.prefix(length).write(to: url)
        #expect(throws: TensorError.self, "length \(length)") {
          try SafetensorsFile(contentsOf: url)
        }
      }
    }
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "takes 8 bytes"),
    (#"{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}"#, "outside"),
    (#"{"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}"#, "F99"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "whole numbers"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, "too large"),
    (#"{"a":{"shape":[2]}}"#, "dtype"),
    (#"[1]"#, "object"), (#"{"a""#, "JSON"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "overlap"
    ),
  ])
  func `a header that lies is refused`(_ header: String, _ reason: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      var length = UInt64(header.utf8.count).littleEndian
      var data = Data(bytes: &length, count: 8)
      data.append(contentsOf: header.utf8)
      data.append(Data(count: 8))
      try data.write(to: url)
      #expect { try SafetensorsFile(contentsOf: url) } throws: { "\($0)".contains(reason) }
    }
  }

  @Test func `an oversized header length is refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      var length = UInt64.max
      var data = Data(bytes: &length, count: 8)
      data.append(Data(count: 100))
      try data.write(to: url)
      #expect(throws: TensorError.self) { try SafetensorsFile(contentsOf: url) }
    }
  }

  @Test func `a missing file is told apart from a broken one`() {
    #expect {
      try SafetensorsFile(contentsOf: URL(fileURLWithPath: "/nonexistent/x.safetensors"))
    } throws: { ($0 as? TensorError)?.code == .missingFile }
  }
}
