package capture

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

// TestClassifyError checks the status, the code and the text of each failure. The text has nothing of
// what an upstream sends.
func TestClassifyError(t *testing.T) {
	read := func(err error) error { return &net.OpError{Op: "read", Err: os.NewSyscallError("read", err)} }
	for _, tt := range []struct {
		name   string
		err    error
		status int
		code   string
		text   string
	}{
		{"private", errPrivate, 502, "destination_ip_prohibited", errPrivate.Error()},
		{"loop", errLoop, 502, "proxy_loop_detected", errLoop.Error()},
		{"status", errStatus, 502, "http_protocol_error", errStatus.Error()},
		{"name server", &net.DNSError{IsTimeout: true}, 504, "dns_timeout", "no answer from the name server"},
		{"name", &net.DNSError{IsNotFound: true}, 502, "dns_error", "the host name cannot be resolved"},
		{"unknown authority", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, 502, "tls_certificate_error",
			Untrusted + ": it is signed by an unknown authority"},
		{"expired", &tls.CertificateVerificationError{Err: errors.New("x509: expired\nmore")}, 502, "tls_certificate_error", Untrusted + ": expired"},
		{"alert", &net.OpError{Op: "remote error", Err: tls.AlertError(40)}, 502, "tls_alert_received",
			"the upstream refused the TLS handshake: " + tls.AlertError(40).Error()},
		{"no TLS", tls.RecordHeaderError{Msg: "secret"}, 502, "tls_protocol_error", "the upstream does not speak TLS"},
		{"refused", read(syscall.ECONNREFUSED), 502, "connection_refused", "connection refused"},
		{"deadline of the context", context.DeadlineExceeded, 504, "connection_timeout", "no answer in time"},
		{"deadline of the connection", os.ErrDeadlineExceeded, 504, "connection_timeout", "no answer in time"},
		{"timeout", read(syscall.ETIMEDOUT), 504, "connection_timeout", "no answer in time"},
		{"end", io.EOF, 502, "connection_terminated", "the upstream closed the connection"},
		{"end in the middle", fmt.Errorf("read: %w", io.ErrUnexpectedEOF), 502, "connection_terminated", "the upstream closed the connection"},
		{"reset", read(syscall.ECONNRESET), 502, "connection_terminated", "the upstream closed the connection"},
		{"broken pipe", read(syscall.EPIPE), 502, "connection_terminated", "the upstream closed the connection"},
		{"TLS", errors.New("tls: secret"), 502, "tls_protocol_error", "TLS with the upstream failed"},
		{"large header", errors.New("net/http: server response headers exceeded 1 bytes"), 502, "http_response_header_section_size",
			"the header of the upstream's answer is too large"},
		{"large header list", errors.New("http2: response header list larger than advertised limit"), 502, "http_response_header_section_size",
			"the header of the upstream's answer is too large"},
		{"malformed", errors.New(`malformed HTTP response "secret"`), 502, "http_protocol_error", "the upstream's answer is not proper HTTP"},
		{"HTTP/2", errors.New("http2: secret"), 502, "http_protocol_error", "the upstream's answer is not proper HTTP"},
		{"invalid", errors.New("net/http: invalid header field secret"), 502, "http_protocol_error", "the upstream's answer is not proper HTTP"},
		{"unreachable", &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}, 502, "destination_unavailable", "dial: " + syscall.ENETUNREACH.Error()},
		{"another", errors.New("secret"), 502, "destination_unavailable", "the exchange with the upstream failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := classifyError(tt.err); got != (failure{tt.status, tt.code, tt.text}) {
				t.Errorf("got %+v", got)
			}
		})
	}
}
