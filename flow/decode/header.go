package decode

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
)

// Header returns the header of a message whose body is now decoded and has n bytes.
func Header(h flow.Header, n int) flow.Header {
	out := Uncoded(h, int64(n))
	for i, f := range out {
		mt := MediaType(f.Value)
		if strings.EqualFold(f.Name, "Content-Type") && !IsMultipart(mt) && !strings.EqualFold(cmp.Or(Param(f.Value, "charset"), "utf-8"), "utf-8") {
			out[i].Value = mt + "; charset=utf-8"
		}
	}
	return out
}

// Uncoded returns the header of a message whose content encoding was undone, and whose body now has
// n bytes.
func Uncoded(h flow.Header, n int64) flow.Header {
	out := make(flow.Header, 0, len(h))
	for _, f := range h {
		switch {
		case strings.EqualFold(f.Name, "Content-Encoding"):
			continue
		case strings.EqualFold(f.Name, "Content-Length"):
			f.Value = strconv.FormatInt(n, 10)
		}
		out = append(out, f)
	}
	return out
}

// Where returns a message with its body decoded if the decoded body differs from the body as sent
// and matches reports true for it. Searches use it to look behind encodings and charsets. Other
// messages are returned unchanged. max is as for [Body].
func Where(h flow.Header, b flow.Body, max int64, matches func(data []byte) bool) (flow.Header, flow.Body) {
	data, complete, err := Body(h, b, max)
	if err != nil || bytes.Equal(data, b.Data) || !matches(data) {
		return h, b
	}
	return Header(h, len(data)), flow.Body{Data: data, Size: int64(len(data)), Truncated: !complete}
}
