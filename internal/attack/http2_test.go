package attack

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/spectap/spectap/internal/test/must"
)

// repeatedField returns a block of HPACK that has one field of 4,000 bytes n times, in a byte each.
func repeatedField(n int, first ...hpack.HeaderField) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	large := hpack.HeaderField{Name: "x-large", Value: strings.Repeat("v", 3900)}
	for _, f := range append(first, large) {
		e.WriteField(f) // into memory
	}
	for range n {
		e.WriteField(large)
	}
	return b.Bytes()
}

// http2Upstream starts an upstream that speaks HTTP/2 without TLS by hand: answer gets each request
// after the client's settings.
func (a *attack) http2Upstream(answer func(f *http2.Framer, stream uint32)) (address string, answered *atomic.Int64) {
	answered = new(atomic.Int64)
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	a.Cleanup(func() { l.Close() })
	serveConns(l, func(conn net.Conn) {
		if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		out := bufio.NewWriterSize(conn, 1<<16)
		f := http2.NewFramer(out, conn)
		f.WriteSettings()
		for {
			out.Flush() // a connection that was closed shows below
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					f.WriteSettingsAck()
				}
			case *http2.HeadersFrame:
				answered.Add(1)
				answer(f, frame.StreamID)
			}
		}
	})
	return l.Addr().String(), answered
}

// serveConns calls serve for each connection, side by side, and closes the connection then.
func serveConns(l net.Listener, serve func(net.Conn)) {
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
}

// tunnel opens a tunnel through a proxy and begins HTTP/2 without TLS in it. Frames leave when out
// is full or flushed.
func (a *attack) tunnel(proxy, to string) (conn net.Conn, f *http2.Framer, out *bufio.Writer) {
	a.Helper()
	conn = must.Get(net.Dial("tcp", strings.TrimPrefix(proxy, "http://")))
	a.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(deadline))
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", to, to)
	head := make([]byte, 0, 1024)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		var b [1]byte
		if _, err := conn.Read(b[:]); err != nil {
			a.Fatalf("CONNECT: %v after %q", err, head)
		}
		head = append(head, b[0])
	}
	out = bufio.NewWriterSize(conn, 1<<16)
	out.WriteString(http2.ClientPreface)
	f = http2.NewFramer(out, conn)
	f.WriteSettings()
	return conn, f, out
}

// works notes a breach unless the proxy forwards a request.
func (a *attack) works(proxy string) {
	a.Helper()
	u := a.upstream(nil)
	resp, err := a.through(proxy).Get(u.URL + "/still")
	if err != nil {
		a.breach("the proxy no longer works: %v", err)
		return
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		a.breach("the proxy answers %d", resp.StatusCode)
	}
}

// Frames of HTTP/2 cannot take the memory of the proxy (threat 14). Continuations, pings and settings
// are bounded by Go's library alone, whose tests have them.
func TestHTTP2Client(t *testing.T) {
	requestFields := func(authority string) []hpack.HeaderField {
		return []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: authority}, {Name: ":path", Value: "/a"}}
	}
	for name, send := range map[string]func(f *http2.Framer, authority string){
		"decompressed header": func(f *http2.Framer, authority string) {
			block := repeatedField(15_000, requestFields(authority)...)
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block, EndHeaders: true, EndStream: true})
		},
		"decompressed headers of many streams": func(f *http2.Framer, authority string) {
			block := repeatedField(200, requestFields(authority)...)
			for i := range uint32(2000) {
				if f.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: block, EndHeaders: true}) != nil {
					return
				}
			}
		},
		"rapid reset": func(f *http2.Framer, authority string) {
			block := repeatedField(0, requestFields(authority)...)
			for i := range uint32(20_000) {
				if f.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: block, EndHeaders: true}) != nil || f.WriteRSTStream(2*i+1, http2.ErrCodeCancel) != nil {
					return
				}
			}
		},
	} {
		try(t, name, "floods the proxy with frames of HTTP/2", "memory is bounded, and others are served", func(a *attack) {
			u := a.upstream(nil)
			s, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", a.dir+"/flows.db")
			conn, f, out := a.tunnel(at, strings.TrimPrefix(u.URL, "http://"))
			go io.Copy(io.Discard, conn)
			send(f, strings.TrimPrefix(u.URL, "http://"))
			out.Flush()
			a.works(at)
			// 250 streams at once may each have 1 MiB of headers, and garbage may be as large.
			if peak := peakOf(s.cmd.Process.Pid); peak > 700 {
				a.breach("the proxy takes %d MiB", peak)
			}
		})
	}
}

// Answers over HTTP/2 that expand in the proxy are bounded (threat 14).
func TestHTTP2Upstream(t *testing.T) {
	status := hpack.HeaderField{Name: ":status", Value: "200"}
	for name, answer := range map[string]func(f *http2.Framer, stream uint32){
		"decompressed header": func(f *http2.Framer, stream uint32) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: repeatedField(15_000, status), EndHeaders: true, EndStream: true})
		},
		"informational": func(f *http2.Framer, stream uint32) {
			for range 100_000 {
				if f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: repeatedField(10, hpack.HeaderField{Name: ":status", Value: "103"}), EndHeaders: true}) != nil {
					return
				}
			}
		},
		"trailer": func(f *http2.Framer, stream uint32) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: repeatedField(0, status), EndHeaders: true})
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: repeatedField(15_000), EndHeaders: true, EndStream: true})
		},
	} {
		try(t, name, "answers with frames that expand", "memory is bounded, and others are served", func(a *attack) {
			to, answered := a.http2Upstream(answer)
			s, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", a.dir+"/flows.db")
			conn, f, out := a.tunnel(at, to)
			go io.Copy(io.Discard, conn)
			block := repeatedField(0, hpack.HeaderField{Name: ":method", Value: "GET"}, hpack.HeaderField{Name: ":scheme", Value: "http"}, hpack.HeaderField{Name: ":authority", Value: to}, hpack.HeaderField{Name: ":path", Value: "/a"})
			for i := range uint32(20) {
				f.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: block, EndHeaders: true, EndStream: true})
			}
			out.Flush()
			for end := time.Now().Add(deadline); answered.Load() == 0; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					a.Fatal("the upstream got no request")
				}
			}
			a.works(at)
			if peak := peakOf(s.cmd.Process.Pid); peak > 500 {
				a.breach("the proxy takes %d MiB", peak)
			}
		})
	}
}
