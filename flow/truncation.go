package flow

import (
	"strconv"
	"strings"
)

// Truncation says for people that the end of a body is missing, such as "truncated at 1 MiB of 7.2
// MiB", or returns "" for a complete body. Without the data it does not say where. A body of which
// no byte arrived was not received: a proxy that cannot connect to the server does not read the
// request's.
func (b Body) Truncation() string {
	switch {
	case b.Dropped:
		return "not recorded"
	case !b.Truncated:
		return ""
	case b.Size == 0:
		return "not received"
	case len(b.Data) == 0: // a list does not read bodies
		return "truncated, of " + byteSize(b.Size)
	case b.Size > int64(len(b.Data)):
		return "truncated at " + byteSize(int64(len(b.Data))) + " of " + byteSize(b.Size)
	}
	return "truncated at " + byteSize(int64(len(b.Data)))
}

// Truncation says for people which bodies of the flow are truncated, or returns "".
func (f *Flow) Truncation() string {
	var parts []string
	if t := f.Request.Body.Truncation(); t != "" {
		parts = append(parts, "request body "+t)
	}
	if f.Response != nil {
		if t := f.Response.Body.Truncation(); t != "" {
			parts = append(parts, "response body "+t)
		}
	}
	return strings.Join(parts, ", ")
}

// Omission says for people that redaction left a body of n bytes out, and why.
func Omission(n int64, why string) string { return "omitted, " + byteSize(n) + ": " + why }

// byteSize formats a number of bytes with the prefixes of IEC 80000-13.
func byteSize(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	unit, x := "bytes", float64(n)
	for _, next := range []string{"KiB", "MiB", "GiB"} {
		if x < 1024 {
			break
		}
		unit, x = next, x/1024
	}
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0") + " " + unit
}
