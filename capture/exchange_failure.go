package capture

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// errStatus means that an upstream sent a status that does not end an exchange, such as 101 without
// a request to upgrade.
var errStatus = errors.New("the upstream sent a status that does not end the exchange")

// failure is the reason for a missing response.
type failure struct {
	status int
	code   string // RFC 9209, section 2.3
	text   string // for people; contains no headers and no queries
}

// explain returns the reason why a request got no response.
func (x *exchange) explain(r *http.Request, err error) failure {
	if x.cutShort.Load() {
		return failure{http.StatusBadRequest, "http_request_error", errSending.Error()}
	}
	if r.Context().Err() != nil {
		return failure{http.StatusBadGateway, "connection_terminated", errNoAnswer.Error()}
	}
	f := classifyError(err)
	if f == improper || f == unknown {
		if fault := headFault(headsOf(x.upstream).Take(0), true); fault != "" {
			f.code, f.text = improper.code, improper.text+": "+fault
		}
	}
	f.text = x.f.Request.Authority + ": " + f.text
	return f
}

// Untrusted begins the reason of a failure ([flow.Flow.Err]) that [Upstream.Insecure] would avoid.
const Untrusted = "the upstream's certificate does not verify"

// The results of classifyError to which the header of the response may add.
var (
	improper = failure{http.StatusBadGateway, "http_protocol_error", "the upstream's answer is not proper HTTP"}
	unknown  = failure{http.StatusBadGateway, "destination_unavailable", "the exchange with the upstream failed"}
)

// classifyError returns the failure for an error of a transport.
func classifyError(err error) failure {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var op *net.OpError
	var record tls.RecordHeaderError
	var timeout interface{ Timeout() bool }
	badGateway := func(code, text string) failure { return failure{http.StatusBadGateway, code, text} }
	switch {
	case errors.Is(err, errPrivate):
		return badGateway("destination_ip_prohibited", errPrivate.Error())
	case errors.Is(err, errLoop):
		return badGateway("proxy_loop_detected", err.Error())
	case errors.Is(err, errUpstreamProxy):
		return badGateway("connection_refused", err.Error())
	case errors.Is(err, errStatus):
		return badGateway("http_protocol_error", err.Error())
	case errors.As(err, &dns) && dns.IsTimeout:
		return failure{http.StatusGatewayTimeout, "dns_timeout", "no answer from the name server"}
	case errors.As(err, &dns):
		return badGateway("dns_error", "the host name cannot be resolved")
	case errors.As(err, &cert):
		return badGateway("tls_certificate_error", Untrusted+": "+certReason(cert.Err))
	case errors.As(err, &op) && op.Op == "remote error": // crypto/tls wraps a received alert in this way
		return badGateway("tls_alert_received", "the upstream refused the TLS handshake: "+op.Err.Error())
	case errors.As(err, &record):
		return badGateway("tls_protocol_error", "the upstream does not speak TLS")
	case errors.Is(err, syscall.ECONNREFUSED):
		return badGateway("connection_refused", "connection refused")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return failure{http.StatusGatewayTimeout, "connection_timeout", "no answer in time"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return badGateway("connection_terminated", "the upstream closed the connection")
	case strings.Contains(err.Error(), "tls: "):
		return badGateway("tls_protocol_error", "TLS with the upstream failed")
	case strings.Contains(err.Error(), "headers exceeded"), strings.Contains(err.Error(), "header list"):
		return badGateway("http_response_header_section_size", "the header of the upstream's answer is too large")
	case strings.Contains(err.Error(), "malformed"), strings.Contains(err.Error(), "http2: "), strings.Contains(err.Error(), "invalid"):
		return improper // the error would contain its bytes
	}
	if errors.As(err, &op) {
		return badGateway("destination_unavailable", op.Op+": "+op.Err.Error())
	}
	return unknown
}

// certReason shortens an error of crypto/x509 to one line.
func certReason(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "it is signed by an unknown authority"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimPrefix(text, "x509: ")
}

// response returns the response that the client gets in place of the upstream's.
func (f failure) response() *http.Response {
	return ownResponse(f.status, "text/plain; charset=utf-8", f.code, "spectap: no answer from "+f.text+"\n")
}

// ownResponse returns a response of the proxy, with an error and its parameters (RFC 9209).
func ownResponse(status int, mediaType, failure, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header: http.Header{
			"Content-Type":   {mediaType},
			"Content-Length": {strconv.Itoa(len(body))},
			"Cache-Control":  {"no-store"},
			"Proxy-Status":   {"spectap; error=" + failure},
		},
		ContentLength: int64(len(body)),
		Body:          io.NopCloser(strings.NewReader(body)),
	}
}
