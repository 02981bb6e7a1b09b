package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// transportHeaders are written by the transport. A message whose author could set them could
// smuggle a second request (RFC 9112, section 11.2) or reach another host on the same connection.
var transportHeaders = [...]string{
	"connection", "content-length", "host", "keep-alive", "proxy-authenticate", "proxy-authorization",
	"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect",
}

// IsTransportHeader reports whether a header is written by the transport and must not be set by
// anybody else.
func IsTransportHeader(name string) bool {
	return slices.ContainsFunc(transportHeaders[:], func(h string) bool { return strings.EqualFold(h, name) })
}

// ConnectionScheme returns the lower-case name of the scheme that begins an Authorization or
// WWW-Authenticate value if it signs in the connection: requests that follow on it act for the same
// user without credentials (RFC 4559, section 6). It returns "" for other schemes.
func ConnectionScheme(value string) string {
	scheme := strings.TrimLeft(value, " \t")
	if i := strings.IndexAny(scheme, " \t"); i >= 0 {
		scheme = scheme[:i]
	}
	for _, s := range [...]string{"negotiate", "ntlm", "kerberos"} {
		if strings.EqualFold(scheme, s) {
			return s
		}
	}
	return ""
}

// CheckHeader returns an error when a header line cannot be sent: its name is not a token (RFC
// 9110, section 5.6.2), its value has a control character (section 5.5), or it is one of the
// transport. The error does not show the value.
func CheckHeader(name, value string) error {
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return errors.New("the name is not a token")
	case !httpguts.ValidHeaderFieldValue(value):
		return fmt.Errorf("the value of %s has a control character", name)
	case IsTransportHeader(name):
		return fmt.Errorf("%s is made by the transport", name)
	}
	return nil
}
