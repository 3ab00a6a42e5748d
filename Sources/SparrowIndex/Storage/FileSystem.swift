/// What the index needs of a file system.
///
/// The index changes files only through this protocol, so that tests can make every single write,
/// flush and rename fail.
package protocol FileSystem: Sendable {
  /// Creates an empty file, or empties the one that is there.
  func createFile(_ path: String) throws(IndexError) -> any WritableFile
  /// Opens a file for further writing after cutting it to `length` bytes.
  func openFile(_ path: String, cutTo length: Int) throws(IndexError) -> any WritableFile
  /// Gives a file another name, replacing the file that has it.
  func rename(_ path: String, to newPath: String) throws(IndexError)
  /// Removes a file; one that is not there is no error.
  func remove(_ path: String) throws(IndexError)
  /// Makes the names of a folder's files durable.
  func syncFolder(_ path: String) throws(IndexError)
  /// Creates a folder unless it is there.
  func createFolder(_ path: String) throws(IndexError)
}

/// A file being written.
package protocol WritableFile: Sendable {
  /// Writes bytes at an offset; bytes in between that were never written are zero.
  func write(_ bytes: [UInt8], at offset: Int) throws(IndexError)
  /// Makes everything written so far durable.
  func sync() throws(IndexError)
  /// Closes the file; writing to it afterwards is an error.
  func close() throws(IndexError)
}
