package serialize

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// ContentEncoding is the name of the header whose argument, if an operation has it as a parameter,
// is the content coding of the body.
const ContentEncoding = "Content-Encoding"

// encodeContent applies the content coding that the request's headers name to its body.
func encodeContent(call *egress.Call) error {
	for _, h := range call.Header {
		if !strings.EqualFold(h.Name, ContentEncoding) {
			continue
		}
		var b bytes.Buffer
		var w io.WriteCloser
		switch strings.ToLower(h.Value) {
		case "", "identity":
			return nil
		case "gzip", "x-gzip":
			w = gzip.NewWriter(&b)
		case "deflate": // with the zlib frame (RFC 9110 section 8.4.1.2)
			w = zlib.NewWriter(&b)
		default:
			return errors.New("must be gzip, deflate or identity: no other coding is supported")
		}
		if _, err := w.Write(call.Body); err != nil {
			return fmt.Errorf("cannot be written: %w", err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("cannot be written: %w", err)
		}
		call.Body = b.Bytes()
	}
	return nil
}

// DecodeContent removes a content coding that Request applies, to show the body. A body that it
// cannot decode, or that is larger than [MaxSize], is returned as it is.
func DecodeContent(body []byte, coding string) []byte {
	h := flow.Header{{Name: ContentEncoding, Value: coding}}
	decoded, isWhole, err := decode.Bytes(h, flow.Body{Data: body}, MaxSize)
	if err != nil || !isWhole {
		return body
	}
	return decoded
}
