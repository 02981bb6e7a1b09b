package attack

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
)

// packed compresses data.
func packed(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	w.Write(data) // into memory
	w.Close()
	return b.Bytes()
}

// hollow returns layers of gzip that expand to terabytes of empty members, and at last to nothing.
func hollow() (body []byte, encoding string) {
	body = bytes.Repeat(packed(nil), 1<<18)
	for range 3 {
		body = bytes.Repeat(packed(body), 40)
	}
	body = packed(body)
	return body, "gzip" + strings.Repeat(", gzip", 4)
}

// Bodies that expand without end end every command, and the proxy stays small (threat 14).
func TestBombs(t *testing.T) {
	body, encoding := hollow()
	const tries = "answers with 100 KB that are terabytes of work"
	try(t, "in the proxy", tries, "the flow is recorded, shown and learned from at once", func(a *attack) {
		u := a.upstream(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", encoding)
			w.Write(body)
		})
		db := a.dir + "/flows.db"
		s, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", db)
		r, err := http.NewRequestWithContext(a.Context(), "GET", u.URL+"/bomb", http.NoBody)
		if err != nil {
			a.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		resp, err := a.through(at).Do(r)
		if err != nil {
			a.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, body) {
			a.breach("the client gets %d of %d bytes: %v", len(got), len(body), err)
		}
		resp.Body.Close()
		s.stop()
		for _, args := range [][]string{{"flows", "show", "1"}, {"flows", "--json", "--filter", "body:x"}, {"export"}, {"check", a.file("api.yaml", twoTools)}} {
			if got := a.spectap(append(args, "--db", db)...); got.endless {
				a.breach("%v does not end", args)
			}
		}
	})
	try(t, "in an archive", tries, "the import ends", func(a *attack) {
		archive := strings.Replace(har(exchange{url: "http://api.example/a", answer: []string{"Content-Encoding: " + encoding}, answerType: "application/json", answerBody: "BODY"}),
			`"text":"BODY"`, `"encoding":"base64","text":"`+base64.StdEncoding.EncodeToString(body)+`"`, 1)
		if got := a.spectap("import", a.file("a.har", archive), "--db", a.dir+"/flows.db"); got.endless {
			a.breach("the import does not end")
		}
	})
}
