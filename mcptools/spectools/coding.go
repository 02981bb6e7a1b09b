package spectools

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"

	"github.com/spectap/spectap/egress"
)

// contentCoding is the name of the header whose argument, where an operation has it, codes the body.
const contentCoding = "Content-Encoding"

// code writes the body as its Content-Encoding says: a document that has that header as a parameter means it so.
func code(call *egress.Call) error {
	for _, h := range call.Header {
		if !strings.EqualFold(h.Name, contentCoding) {
			continue
		}
		var b bytes.Buffer
		var w io.WriteCloser
		switch strings.ToLower(h.Value) {
		case "", "identity":
			return nil
		case "gzip", "x-gzip":
			w = gzip.NewWriter(&b)
		case "deflate": // RFC 9110 section 8.4.1.2: with zlib's frame
			w = zlib.NewWriter(&b)
		default:
			return fmt.Errorf("must be gzip, deflate or identity: nothing else is written here")
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
