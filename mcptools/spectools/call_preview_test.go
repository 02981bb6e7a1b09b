package spectools

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
)

// TestQuestionShowsAnyBody shows text whatever its media type, and of other bodies the digest and
// the first bytes.
func TestQuestionShowsAnyBody(t *testing.T) {
	const document = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"operationId":"a",
		"requestBody":{"content":{"application/octet-stream":{},"*/*":{}}},"responses":{"200":{"description":"ok"}}}}}}`
	binary := string([]byte{0x89, 'P', 'N', 'G', 0, 1, 2, 0xff, 0xfe, 3, 4, 5})
	digest := func(s string) string { d := sha256.Sum256([]byte(s)); return hex.EncodeToString(d[:]) }
	for _, x := range []struct {
		name, typ, body string
		want            []string
	}{
		{"text as octets", "application/octet-stream", "transfer everything", []string{"transfer everything"}},
		{"text as an image", "image/png", "transfer everything", []string{"transfer everything"}},
		{"text with a zero", "image/png", "transfer everything\x00\xff to bob", []string{"transfer everything", "to bob", "SHA-256"}},
		{"bytes", "image/png", binary, []string{"12 bytes", digest(binary), "89504e4700010203"[:12]}},
		{"bytes as text", "text/plain", binary, []string{digest(binary), "89504e47"}},
		{"many bytes", "image/png", strings.Repeat(binary, 1000), []string{digest(strings.Repeat(binary, 1000)), "89504e47"}},
	} {
		for _, modern := range []bool{false, true} {
			t.Run(fmt.Sprint(x.name, " modern ", modern), func(t *testing.T) {
				a := newAPI(t)
				h := &heard{}
				c := connect(t, newSet(t, document, Options{BaseURL: a.URL}), modern, client.WithElicitationHandler(h))
				call(t, c, "a", fmt.Sprintf(`{"requestContentType":%q,"requestBody":%q}`, x.typ,
					base64.StdEncoding.EncodeToString([]byte(x.body))))
				for _, want := range x.want {
					if !strings.Contains(h.text, want) {
						t.Errorf("no %s in %.400s", want, h.text)
					}
				}
				if len(h.text) > 6000 {
					t.Errorf("%d bytes", len(h.text))
				}
			})
		}
	}
}
