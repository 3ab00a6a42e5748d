#if Curl
  import CCurl
  import Foundation
  import Synchronization

  /// Why libcurl got no answer.
  struct CurlFailure: Error {
    /// What it means for the caller.
    enum Reason {
      case timeout
      case certificate
      case other
    }

    let reason: Reason
    /// libcurl's own words, without a full stop.
    let message: String
  }

  /// The answer to a request as it arrives, and whether it is still wanted.
  final class CurlExchange: Sendable {
    private struct State {
      var body = Data()
      var isTooLarge = false
    }

    private let maximumByteCount: Int
    private let state = Mutex(State())
    private let cancelled = Atomic<Bool>(false)

    init(maximumByteCount: Int) { self.maximumByteCount = maximumByteCount }

    var body: Data { state.withLock { $0.body } }
    var isTooLarge: Bool { state.withLock { $0.isTooLarge } }
    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    func cancel() { cancelled.store(true, ordering: .relaxed) }

    /// Keeps what arrived; false when it is more than wanted.
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
      state.withLock { state in
        state.isTooLarge = state.body.count + bytes.count > maximumByteCount
        if !state.isTooLarge { unsafe state.body.append(contentsOf: bytes) }
        return !state.isTooLarge
      }
    }
  }

  /// A handle of libcurl's, which keeps its connection open from one request to the next.
  @safe
  final class CurlHandle: @unchecked Sendable {  // Handed on under the lock of its transport.
    private let handle: UnsafeMutableRawPointer?
    /// Where libcurl leaves its words about a failure.
    private let words: UnsafeMutablePointer<CChar>

    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    private static let connectTimeout = 5

    init() {
      unsafe handle = Self.isReady ? curl_easy_init() : nil
      unsafe words = .allocate(capacity: Int(CURL_ERROR_SIZE))
    }

    deinit {
      unsafe curl_easy_cleanup(handle)
      unsafe words.deallocate()
    }

    /// Sends a request and waits for the answer; redirections are not followed.
    func send(
      _ request: HTTPRequest, trusting authority: String, _ exchange: CurlExchange
    ) throws(CurlFailure) -> HTTPResponse {
      prepare(request.url)
      set(CURLOPT_CAINFO, authority)
      set(CURLOPT_CUSTOMREQUEST, request.method)
      let milliseconds = request.timeout / .milliseconds(1)
      set(CURLOPT_TIMEOUT_MS, Int(milliseconds.rounded(.up)))
      // libcurl asks before it sends much; engines do not answer that.
      var headers = unsafe curl_slist_append(nil, "expect:")
      for header in request.headers {
        unsafe headers = curl_slist_append(headers, "\(header.name): \(header.value)")
      }
      defer { unsafe curl_slist_free_all(headers) }
      unsafe spw_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
      let target = unsafe Unmanaged.passUnretained(exchange).toOpaque()
      unsafe spw_curl_set_pointer(handle, CURLOPT_WRITEDATA, target)
      unsafe spw_curl_set_writer(handle) { bytes, size, count, target in
        guard let target = unsafe target, let bytes = unsafe bytes else { return 0 }
        let exchange = unsafe Unmanaged<CurlExchange>.fromOpaque(target).takeUnretainedValue()
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
        return unsafe exchange.append(buffer) ? size * count : 0
      }
      set(CURLOPT_NOPROGRESS, 0)
      unsafe spw_curl_set_pointer(handle, CURLOPT_XFERINFODATA, target)
      unsafe spw_curl_set_progress(handle) { target, _, _, _, _ in
        guard let target = unsafe target else { return 1 }
        let exchange = unsafe Unmanaged<CurlExchange>.fromOpaque(target).takeUnretainedValue()
        return exchange.isCancelled ? 1 : 0
      }
      let failure: CurlFailure?
      if let body = request.body {
        unsafe spw_curl_set_large(
          handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        failure = unsafe body.withUnsafeBytes { bytes in
          unsafe spw_curl_set_pointer(handle, CURLOPT_POSTFIELDS, bytes.baseAddress)
          return perform()
        }
      } else {
        failure = perform()
      }
      if let failure { throw failure }
      var status = 0
      unsafe spw_curl_status(handle, &status)
      var seconds: curl_off_t = 0
      unsafe spw_curl_retry_after(handle, &seconds)
      return HTTPResponse(
        status: status, retryAfter: seconds > 0 ? .seconds(seconds) : nil, body: exchange.body)
    }

    /// The certificate that a server shows, described without trusting it; nothing is sent to it.
    func certificate(of url: String) -> String? {
      prepare(url)
      set(CURLOPT_CONNECT_ONLY, 1)
      set(CURLOPT_SSL_VERIFYPEER, 0)
      set(CURLOPT_SSL_VERIFYHOST, 0)
      set(CURLOPT_CERTINFO, 1)
      var shown: UnsafeMutablePointer<curl_certinfo>?
      guard perform() == nil,
        unsafe spw_curl_certificates(handle, &shown) == CURLE_OK, let chain = unsafe shown?.pointee,
        unsafe chain.num_of_certs > 0
      else { return nil }
      var facts: [String: String] = [:]
      var line = unsafe chain.certinfo[0]
      while let current = unsafe line {
        let text = unsafe String(cString: current.pointee.data)
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        if parts.count == 2 { facts[parts[0]] = parts[1] }
        unsafe line = current.pointee.next
      }
      guard let subject = facts["Subject"], let issuer = facts["Issuer"] else { return nil }
      let end = facts["Expire date"].map { ", valid until \($0)" } ?? ""
      return "\"\(subject)\", issued by \"\(issuer)\"\(end)"
    }

    // MARK: libcurl

    /// Forgets earlier options and sets those that every transfer has.
    private func prepare(_ url: String) {
      unsafe curl_easy_reset(handle)
      unsafe words.pointee = 0
      unsafe spw_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, words)
      set(CURLOPT_URL, url)
      set(CURLOPT_PROTOCOLS, Int(CURLPROTO_HTTP | CURLPROTO_HTTPS))
      set(CURLOPT_CONNECTTIMEOUT, Self.connectTimeout)
      // Signals belong to the program.
      set(CURLOPT_NOSIGNAL, 1)
    }

    private func set(_ option: CURLoption, _ value: Int) {
      unsafe spw_curl_set_number(handle, option, value)
    }

    private func set(_ option: CURLoption, _ value: String) {
      unsafe spw_curl_set_text(handle, option, value)
    }

    private func perform() -> CurlFailure? {
      guard let handle = unsafe handle else {
        return CurlFailure(reason: .other, message: "libcurl could not be started")
      }
      let code = unsafe curl_easy_perform(handle)
      guard code != CURLE_OK else { return nil }
      let own = unsafe String(cString: words)
      let reason: CurlFailure.Reason =
        switch code {
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_PEER_FAILED_VERIFICATION: .certificate
        default: .other
        }
      let message = unsafe own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
      return CurlFailure(
        reason: reason, message: message.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }
#endif
