package attack

import (
	"bufio"
	"bytes"
	"compress/flate"
	byteorder "encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// webSocket starts an upstream that upgrades, writes what send says, and closes the connection.
func (a *attack) webSocket(extension string, send func(w io.Writer)) *upstream {
	return a.upstream(func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" + extension + "\r\n")
		send(rw)
		rw.Flush()
	})
}

// compressedFrames is the header of an upgrade whose messages may be compressed.
const compressedFrames = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"

// wsFrame returns a frame of a WebSocket with any first byte and any length.
func wsFrame(first byte, length uint64, payload []byte) []byte {
	b := byteorder.BigEndian.AppendUint64([]byte{first, 127}, length)
	return append(b, payload...)
}

// zeroMessage returns a compressed message of that many MiB of zeros, without the last byte.
func zeroMessage(mib int) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	piece := make([]byte, 1<<20)
	for range mib - 1 {
		w.Write(piece) // into memory
	}
	w.Write(piece[1:])
	w.Flush()
	return bytes.TrimSuffix(b.Bytes(), []byte("\x00\x00\xff\xff"))
}

// upgrade opens a WebSocket through a proxy and returns the number of bytes that come after the head
// of the answer until the upstream closes.
func (a *attack) upgrade(proxy, url string) int64 {
	a.Helper()
	conn := must.Get(net.Dial("tcp", strings.TrimPrefix(proxy, "http://")))
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(deadline))
	host := strings.TrimPrefix(url, "http://")
	io.WriteString(conn, "GET "+url+"/ws HTTP/1.1\r\nHost: "+host+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
	r := bufio.NewReaderSize(conn, 1<<16)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		a.Fatalf("no upgrade: %v, %v", resp, err)
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		a.breach("the client gets %d bytes and waits for more: %v", n, err)
	}
	return n
}

// The frames of a WebSocket cannot delay it, or take the memory of the proxy (threat 14).
func TestWebSocketFrames(t *testing.T) {
	repeated := func(n int, piece []byte) func(w io.Writer) {
		return func(w io.Writer) {
			for range n {
				w.Write(piece) // a proxy that closes shows below
			}
		}
	}
	large, bomb := zeroMessage(64), zeroMessage(16)
	random := bytes.Repeat([]byte("\x9d\x01 random"), 4096)
	for name, c := range map[string]struct {
		extension string
		send      func(w io.Writer)
		bytes     int
	}{
		"bombs":                {compressedFrames, repeated(1000, wsFrame(0xc1, uint64(len(bomb)), bomb)), 1000 * (len(bomb) + 10)},
		"one bomb":             {compressedFrames, repeated(1, wsFrame(0xc1, uint64(len(large)), large)), len(large) + 10},
		"bombs in fragments":   {compressedFrames, repeated(1000, append(wsFrame(0x41, 1, bomb[:1]), wsFrame(0x80, uint64(len(bomb)-1), bomb[1:])...)), 1000 * (len(bomb) + 20)},
		"empty fragments":      {"", repeated(1<<20, []byte{0x01, 0}), 1 << 21},
		"empty continuations":  {"", repeated(1<<20, []byte{0x00, 0}), 1 << 21},
		"messages of one byte": {"", repeated(1<<22, []byte{0x81, 1, 'x'}), 3 << 22},
		"pings":                {"", repeated(1<<20, []byte{0x89, 0}), 1 << 21},
		"ping of 64 bits":      {"", repeated(1, wsFrame(0x89, 1<<62, make([]byte, 64<<20))), 64<<20 + 10},
		"negative length":      {"", repeated(1, wsFrame(0x81, 1<<64-1, make([]byte, 64<<20))), 64<<20 + 10},
		"reserved codes":       {"", repeated(1000, wsFrame(0xff, uint64(len(random)), random)), 1000 * (len(random) + 10)},
	} {
		try(t, name, "answers an upgrade with frames of little worth", "the client gets all of them at once, and memory is bounded", func(a *attack) {
			u := a.webSocket(c.extension, c.send)
			db := a.dir + "/flows.db"
			s, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", db)
			began := time.Now()
			if n := a.upgrade(at, u.URL); n != int64(c.bytes) {
				a.breach("the client gets %d of %d bytes", n, c.bytes)
			}
			if took := time.Since(began); took > deadline/4 {
				a.breach("the client waits %v", took)
			}
			if peak := peakOf(s.cmd.Process.Pid); peak > 300 {
				a.breach("the proxy takes %d MiB", peak)
			}
			s.stop()
			for _, args := range [][]string{{"flows", "show", "1"}, {"flows", "--json"}, {"export"}} {
				if o := a.spectap(append(args, "--db", db)...); o.endless || o.peak > 300 || strings.Contains(o.stderr, "goroutine ") {
					a.breach("%v: endless %t, %d MiB: %.300s", args, o.endless, o.peak, o.stderr)
				}
			}
		})
	}
}
