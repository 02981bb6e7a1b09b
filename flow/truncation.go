package flow

import (
	"strconv"
	"strings"
)

// Truncation says for people that the end of a body is missing, such as "truncated at 1.0 MB of 7.2
// MB", or returns "" for a complete body. What the recorder kept in part is truncated; a transfer
// that ended early is cut off, of as many bytes as the header h promised. Without the data it does
// not say where a body is truncated. A body of which no byte arrived was not received: a proxy that
// cannot connect to the server does not read the request's.
func (b Body) Truncation(h Header) string {
	switch whole, _ := strconv.ParseInt(h.Get("Content-Length"), 10, 64); {
	case b.Dropped:
		return "not recorded: the recorder had no room"
	case !b.Truncated:
		return ""
	case b.Size == 0:
		return "not received"
	case whole > b.Size:
		return "cut off after " + Size(b.Size) + " of " + Size(whole)
	case len(b.Data) == 0: // a list does not read bodies
		return "truncated, of " + Size(b.Size)
	case b.Size > int64(len(b.Data)):
		return "truncated at " + Size(int64(len(b.Data))) + " of " + Size(b.Size)
	}
	return "cut off after " + Size(b.Size)
}

// Truncation says for people which bodies of the flow are truncated, or returns "".
func (f *Flow) Truncation() string {
	var parts []string
	if t := f.Request.Body.Truncation(f.Request.Header); t != "" {
		parts = append(parts, "request body "+t)
	}
	if t := f.ResponseTruncation(); t != "" {
		parts = append(parts, "response body "+t)
	}
	return strings.Join(parts, ", ")
}

// ResponseTruncation is [Body.Truncation] of the response, whose stream a client may have ended.
func (f *Flow) ResponseTruncation() string {
	switch {
	case f.Response == nil:
		return ""
	case f.IsEndedByClient():
		return "ended by the client"
	}
	return f.Response.Body.Truncation(f.Response.Header)
}

// Omission says for people that redaction left a body of n bytes out, and why.
func Omission(n int64, why string) string { return "omitted, " + Size(n) + ": " + why }

// Size formats a number of bytes for people with powers of 1000, such as "17.6 kB".
func Size(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	x := float64(n)
	for _, unit := range []string{" kB", " MB", " GB"} {
		if x /= 1000; x < 999.95 { // larger values round to 1000.0
			return strconv.FormatFloat(x, 'f', 1, 64) + unit
		}
	}
	return strconv.FormatFloat(x/1000, 'f', 1, 64) + " TB"
}
