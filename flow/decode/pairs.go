package decode

import (
	"bytes"
	"io"
	"iter"
	"mime/multipart"
	"net/url"
	"strings"
)

// Pair is a name and a value of a query or form, both as Unescape returns them.
type Pair struct {
	Name, Value string
	Raw         string // the value as it was sent
	HasValue    bool   // there is a "=" between them
}

// Pairs yields the pairs of a query or form in order.
func Pairs(text string) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		for one := range strings.SplitSeq(text, "&") {
			name, raw, hasValue := strings.Cut(one, "=")
			if one != "" && !yield(Pair{Unescape(name), Unescape(raw), raw, hasValue}) {
				return
			}
		}
	}
}

// Unescape decodes the escapes of a name or value of a query or form. It returns a text with an
// invalid escape as it is.
func Unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}

// Part is a part of a multipart body.
type Part struct {
	*multipart.Part
	Content []byte
}

// Parts returns the parts of a multipart body, as they were sent. It fails if the body is made of
// anything else, or ends within a part.
func Parts(boundary string, body []byte) (parts []Part, err error) {
	for r := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		p, err := r.NextRawPart()
		if err == io.EOF { // io.EOF itself: a cut body gives an error that wraps it
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, err
		}
		parts = append(parts, Part{p, content})
	}
}
