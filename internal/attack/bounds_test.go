package attack

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	byteorder "encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// repeat reads a text n times.
func repeat(text string, n int) io.Reader { return &repeated{text: text, left: n} }

type repeated struct {
	text, rest string
	left       int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.left == 0 {
			return 0, io.EOF
		}
		r.left--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// repeatedly returns what gzip makes of head, n times piece, and tail. Only two pieces are compressed:
// a piece is longer than the window, so that the third is written as the second.
func repeatedly(head, piece string, n int, tail string) []byte {
	b := bytes.NewBufferString("\x1f\x8b\b\x00\x00\x00\x00\x00\x00\xff")
	w, _ := flate.NewWriter(b, flate.BestSpeed)
	sum, size := crc32.NewIEEE(), 0
	plain := func(text string) {
		io.WriteString(sum, text)
		size += len(text)
	}
	write := func(text string) []byte {
		from := b.Len()
		io.WriteString(w, text) // into memory
		w.Flush()
		plain(text)
		return bytes.Clone(b.Bytes()[from:])
	}
	write(head)
	write(piece)
	again := write(piece)
	for range n - 2 {
		b.Write(again)
		plain(piece)
	}
	write(tail)
	w.Close()
	end := byteorder.LittleEndian.AppendUint32(nil, sum.Sum32())
	b.Write(byteorder.LittleEndian.AppendUint32(end, uint32(size)))
	return b.Bytes()
}

// TestRepeatedly compares such data with that of gzip.
func TestRepeatedly(t *testing.T) {
	piece := strings.Repeat("piece ", 1<<14)
	r := must.Get(gzip.NewReader(bytes.NewReader(repeatedly("head ", piece, 5, "tail"))))
	if got, err := io.ReadAll(r); err != nil || string(got) != "head "+strings.Repeat(piece, 5)+"tail" {
		t.Errorf("%d bytes: %v", len(got), err)
	}
}

// gigabyte is a gigabyte, compressed.
var gigabyte = sync.OnceValue(func() []byte { return repeatedly("", strings.Repeat("0", 1<<20), 1<<10, "") })

// All input has a bound (threat 14).
func TestMemoryIsBounded(t *testing.T) {
	const limit = 450 // MiB
	megabyte := strings.Repeat("a", 1<<20)
	over := func(a *attack, o outcome) {
		if o.endless || o.peak > limit {
			a.breach("endless %v, %d MiB: %.300s", o.endless, o.peak, o.stderr)
		}
	}
	for name, length := range map[string]int{"17 MB": 17, "300 MB": 300} {
		run := try
		if length > 100 {
			run = trySlow
		}
		for _, cmd := range []string{"mcp", "serve"} {
			run(t, cmd+"/line of "+name, "sends one line without an end", "the answer names the bound", func(a *attack) {
				args := []string{"mcp", "--db", a.capture(exchange{url: "https://api.example/a"})}
				if cmd == "serve" {
					args = []string{"serve", a.file("api.yaml", writing), "--base-url", "http://127.0.0.1:1"}
				}
				o := a.spectapWith(nil, io.MultiReader(strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`), repeat(megabyte, length)), args...)
				over(a, o)
				a.including("the answer", o.stdout, "16777216 bytes")
			})
			run(t, cmd+"/HTTP body of "+name, "sends a large HTTP body, also without its length", "the request is refused", func(a *attack) {
				args := []string{"mcp", "--no-token", "--db", a.capture(exchange{url: "https://api.example/a"})}
				if cmd == "serve" {
					args = []string{"serve", "--no-token", a.file("api.yaml", writing), "--base-url", "http://127.0.0.1:1"}
				}
				s, url, _ := a.listen(nil, args...)
				r, err := http.NewRequest("POST", url, io.MultiReader(strings.NewReader(`{"a":"`), repeat(megabyte, length)))
				if err != nil {
					a.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				if resp, err := http.DefaultClient.Do(r); err == nil {
					resp.Body.Close()
					if resp.StatusCode < 400 {
						a.breach("status %d", resp.StatusCode)
					}
				}
				if peak := peakOf(s.cmd.Process.Pid); peak > limit {
					a.breach("%d MiB", peak)
				}
			})
		}
		run(t, "client/answer of "+name, "answers a client with a large message over HTTP", "the client ends with an error", func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", []string{"application/json", "text/event-stream"}[length%2])
				io.WriteString(w, `data: {"jsonrpc":"2.0","id":1,"result":{"a":"`)
				io.Copy(w, repeat(megabyte, 2*length))
			})
			over(a, a.spectap("client", u.URL, "--exec", "list"))
		})
		run(t, "client/line of "+name, "answers a client with a large line over stdio", "the client ends with an error", func(a *attack) {
			o := a.spectap("client", "--exec", "list", "--", "sh", "-c", fmt.Sprintf("head -c %d /dev/zero | tr '\\0' a", 2*length<<20))
			over(a, o)
		})
	}
	bomb := base64.StdEncoding.EncodeToString(gigabyte())
	bombHAR := strings.Replace(har(exchange{url: "https://api.example/a", answer: []string{"Content-Encoding: gzip"}, answerType: "application/json", answerBody: "BOMB"}),
		`"text":"BOMB"`, `"encoding":"base64","text":"`+bomb+`"`, 1)
	try(t, "import/body that is a zip bomb", "imports a flow whose body unpacks to a gigabyte", "everything that shows it takes bounded memory", func(a *attack) {
		db := filepath.Join(a.dir, "flows.db")
		over(a, a.spectap("import", "--db", db, a.file("a.har", bombHAR)))
		over(a, a.spectap("flows", "show", "1", "--db", db))
		over(a, a.spectap("export", "--db", db, "-o", filepath.Join(a.dir, "o.yaml")))
		over(a, a.spectap("flows", "export", "--db", db, "-o", filepath.Join(a.dir, "o.har")))
		g := a.agent(legacy, []string{"mcp", "--db", db, "--compat", "mitmproxy-mcp"})
		for tool, args := range map[string]object{"inspect_flow": {"full_body": true}, "extract_from_flow": {"json_path": "$"}, "get_flow_schema": {}} {
			args["flow_id"] = 1
			if r := g.call(tool, args); r.raw == "" {
				a.breach("%s: no answer", tool)
			}
		}
		if peak := peakOf(g.service.cmd.Process.Pid); peak > limit {
			a.breach("%d MiB", peak)
		}
	})
	try(t, "import/gzip file that is a zip bomb", "imports a HAR file that unpacks to two gigabytes of one value", "the import ends with an error", func(a *attack) {
		data := repeatedly(`{"log":{"version":"1.2","entries":[{"request":{"method":"`, megabyte, 1<<10, "")
		o := a.spectap("import", "--db", filepath.Join(a.dir, "flows.db"), a.file("a.har.gz", string(data)))
		over(a, o)
		if o.status == 0 {
			a.breach("it was imported")
		}
	})
	for name, data := range map[string]string{
		"deep":               `{"log":{"entries":[` + deep(`[`, `]`, "", 2_000_000),
		"entry that is deep": `{"log":{"version":"1.2","entries":[{"request":` + deep(`{"a":`, `}`, "1", 500_000) + `}]}}`,
		"many headers":       strings.Replace(har(exchange{url: "https://api.example/a", header: []string{"X-Mark: 1"}}), `{"name":"X-Mark","value":"1"}`, strings.TrimSuffix(strings.Repeat(`{"name":"a","value":"b"},`, 400_000), ","), 1),
		"mitm length":        "9999999999999:",
		"mitm deep":          strings.Repeat("999999:", 200_000),
	} {
		try(t, "import/"+name, "imports a file that is made to exhaust memory", "the import ends", func(a *attack) {
			o := a.spectap("import", "--db", filepath.Join(a.dir, "flows.db"), a.file("a.har", data))
			over(a, o)
			if strings.Contains(o.stderr, "goroutine ") {
				a.breach("it crashed: %.1000s", o.stderr)
			}
		})
	}
	trySlow(t, "import/one oversized entry", "hides the flows behind an entry that is too large", "the entry is named, and the others are imported", func(a *attack) {
		text := har(exchange{url: "https://api.example/first"}, exchange{url: "https://api.example/big", answerType: "text/plain", answerBody: "BIG"}, exchange{url: "https://api.example/last"})
		head, tail, _ := strings.Cut(text, "BIG")
		in := func() io.Reader {
			return io.MultiReader(strings.NewReader(head), repeat(megabyte, 140), strings.NewReader(tail))
		}
		db := filepath.Join(a.dir, "flows.db")
		o := a.spectapWith(nil, in(), "import", "--db", db, "-")
		over(a, o)
		a.including("stderr", o.stderr, "imported 2 flows", "entry 2", "too large")
		a.including("the capture", a.spectap("flows", "ls", "--db", db).stdout, "/first", "/last")
		files := filepath.Join(a.dir, "files")
		a.file("files/big.har", "")
		f, err := os.Create(filepath.Join(files, "big.har"))
		if err != nil {
			a.Fatal(err)
		}
		_, err = io.Copy(f, in())
		if f.Close(); err != nil {
			a.Fatal(err)
		}
		g := a.agent(legacy, []string{"mcp", "--db", db, "--allow", "import", "--files", files})
		a.including("load_traffic_file", g.call("load_traffic_file", object{"file_path": "big.har", "append": true}).raw, `"imported":2`, `"too_large":1`)
		if peak := peakOf(g.service.cmd.Process.Pid); peak > limit {
			a.breach("%d MiB", peak)
		}
	})
	try(t, "serve/answer that is a zip bomb", "answers a call with a body that unpacks to a gigabyte", "the call ends and takes bounded memory", func(a *attack) {
		u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			w.Write(gigabyte())
		})
		g := a.agent(legacy, a.serving(u, writing))
		if r := g.call("a", object{}); r.raw == "" {
			a.breach("no answer")
		}
		if peak := peakOf(g.service.cmd.Process.Pid); peak > limit {
			a.breach("%d MiB", peak)
		}
	})
	try(t, "proxy/answer that is a zip bomb", "answers a recorded client with a body that unpacks to a gigabyte", "the proxy takes bounded memory", func(a *attack) {
		u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			w.Write(gigabyte())
		})
		s, url := a.proxy(nil, "--db", filepath.Join(a.dir, "flows.db"), "--listen", "127.0.0.1:0")
		r := must.Get(http.NewRequest("GET", u.URL+"/a", nil))
		r.Header.Set("Accept-Encoding", "gzip") // the client does not unpack it
		resp := must.Get(a.through(url).Do(r))
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if peak := peakOf(s.cmd.Process.Pid); peak > limit {
			a.breach("%d MiB", peak)
		}
	})
}

func mkfifo(a *attack, path string) {
	a.Helper()
	must.Do(a, exec.Command("mkfifo", path).Run())
}
