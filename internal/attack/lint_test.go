package attack

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// Clients of lint --http that do not read their answers keep no others out (threat 14).
func TestUnreadReports(t *testing.T) {
	try(t, "lint", "sends documents with many errors, and does not read the answers", "another document is checked", func(a *attack) {
		var doc strings.Builder
		doc.WriteString(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{`)
		for i := range 4000 {
			fmt.Fprintf(&doc, `"/a%d/{x}":{"get":{"operationId":"same"}},`, i)
		}
		doc.WriteString(`"/":{}}}`)
		s := a.start(nil, "lint", "--http", "127.0.0.1:0")
		at := "http" + s.waitLog("listening on http")
		for range 2 { // as many as are checked at once
			c := must.Get(net.Dial("tcp", strings.TrimPrefix(at, "http://")))
			defer c.Close()
			fmt.Fprintf(c, "POST /lint HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", doc.Len(), doc.String())
			c.SetReadDeadline(time.Now().Add(deadline))
			if _, err := io.ReadFull(c, make([]byte, 100)); err != nil { // the answer has begun, and is much larger
				a.Fatal(err)
			}
		}
		client := http.Client{Timeout: deadline / 4} // the server gives up on a client after 2 minutes
		resp, err := client.Post(at+"/lint", "application/json", strings.NewReader(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{}}`))
		if err != nil {
			a.breach("another document: %v", err)
			return
		}
		resp.Body.Close()
		if resp.StatusCode >= 500 {
			a.breach("another document: %s", resp.Status)
		}
	})
}
