package attack

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	byteorder "encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/internal/test/must"
)

// packed compresses data.
func packed(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	w.Write(data) // into memory
	w.Close()
	return b.Bytes()
}

// zstdPacked compresses data with a window of that many bytes.
func zstdPacked(data []byte, window int) []byte {
	w := must.Get(zstd.NewWriter(nil, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1)))
	return w.EncodeAll(data, nil)
}

// zstdHead returns frames of zstd that claim a window and a size and hold one run of bytes.
func zstdHead(window byte, frames int) []byte {
	frame := byteorder.LittleEndian.AppendUint32(nil, 0xfd2fb528)
	frame = append(frame, 0xc0, window)                            // with the size of the content in 8 bytes
	frame = byteorder.LittleEndian.AppendUint64(frame, 128<<10)    // that of the run
	frame = append(frame, 1|1<<1, 0, 0)                            // the last block, a run
	frame[len(frame)-3], frame[len(frame)-1] = 1|1<<1, 128<<10>>13 // of 128 KiB
	return bytes.Repeat(append(frame, ' '), frames)
}

func brotliPacked(data []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: 4, LGWin: 24})
	w.Write(data) // into memory
	w.Close()
	return b.Bytes()
}

// Bodies in zstd and brotli take a bounded memory, for any windows and sizes that they claim
// (threat 14).
func TestPackedBodies(t *testing.T) {
	objects := func() []byte { return []byte("[" + strings.Repeat(`{"a":1},`, 4<<20) + "{}]") }
	for name, c := range map[string]struct {
		encoding string
		pack     func() []byte
	}{
		"window of zstd":          {"zstd", func() []byte { return zstdPacked(make([]byte, 40<<20), 512<<20) }},
		"claimed windows":         {"zstd", func() []byte { return zstdHead(0xff, 1000) }},
		"many frames":             {"zstd", func() []byte { return zstdHead(0x70, 40_000) }},
		"eight windows":           {strings.TrimSuffix(strings.Repeat("zstd,", 8), ","), func() []byte { return zstdPacked([]byte("{}"), 8<<20) }},
		"spaces in brotli":        {"br", func() []byte { return brotliPacked(bytes.Repeat([]byte(" "), 200<<20)) }},
		"lists in brotli":         {"br", func() []byte { return brotliPacked([]byte("[" + strings.Repeat("[],", 12<<20) + "0]")) }},
		"objects in brotli":       {"br", func() []byte { return brotliPacked(objects()) }},
		"objects in zstd in gzip": {"zstd, gzip", func() []byte { return packed(zstdPacked(objects(), 8<<20)) }},
	} {
		attempt := trySlow
		if name == "window of zstd" || name == "claimed windows" || name == "lists in brotli" {
			attempt = try
		}
		attempt(t, name, "answers with a body that expands", "each command ends, with bounded memory", func(a *attack) {
			body := c.pack()
			u := a.upstream(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Encoding", c.encoding)
				w.Write(body)
			})
			db := a.dir + "/flows.db"
			s, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", db)
			for range 4 {
				r := must.Get(http.NewRequestWithContext(a.Context(), "GET", u.URL+"/a", http.NoBody))
				r.Header.Set("Accept-Encoding", c.encoding)
				resp := must.Get(a.through(at).Do(r))
				if n, err := io.Copy(io.Discard, resp.Body); n != int64(len(body)) || err != nil {
					a.breach("the client gets %d of %d bytes: %v", n, len(body), err)
				}
				resp.Body.Close()
			}
			if peak := peakOf(s.cmd.Process.Pid); peak > 1200 {
				a.breach("the proxy takes %d MiB", peak)
			}
			s.stop()
			archive := strings.Replace(har(exchange{url: "http://api.example/a", answer: []string{"Content-Encoding: " + c.encoding}, answerType: "application/json", answerBody: "BODY"}),
				`"text":"BODY"`, `"encoding":"base64","text":"`+base64.StdEncoding.EncodeToString(body)+`"`, 1)
			for _, args := range [][]string{
				{"flows", "show", "1", "--db", db}, {"flows", "--filter", "body:x", "--db", db}, {"export", "--db", db}, {"check", a.file("api.yaml", twoTools), "--db", db},
				{"import", a.file("a.har", archive), "--db", a.dir + "/other.db"},
			} {
				o := a.spectap(args...)
				if o.endless || o.peak > 1200 || strings.Contains(o.stderr, "goroutine ") {
					a.breach("%v: endless %t, %d MiB: %.300s", args, o.endless, o.peak, o.stderr)
				}
			}
		})
	}
}
