package capture

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"testing/iotest"
	"time"
)

// scripted is a connection that can only be read from. It reads r.
type scripted struct {
	net.Conn
	r io.Reader
}

func (c scripted) Read(p []byte) (int, error) { return c.r.Read(p) }

// FuzzSniff checks that the protocol of any first bytes is detected without losing a byte, however
// they are chunked.
func FuzzSniff(f *testing.F) {
	for _, s := range []string{
		"\x16\x03\x01\x02\x00", "GET / HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "G",
		"SSH-2.0-x\r\n", "\x00", "GETTING", "OPTIONSX", "PROPFIND /x HTTP/1.1\r\n", "GET HTTP://x/ HTTP/1.1\r\n",
		"GET httq", "EHLO host\r\n", "CONNECT /", "OPTIONS rtsp://x",
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, bytewise bool) {
		if len(data) == 0 {
			return
		}
		var r io.Reader = bytes.NewReader(data)
		if bytewise {
			r = iotest.OneByteReader(r)
		}
		c := &clientConn{Conn: scripted{r: r}}
		noError(t, c.fill(1))
		kind := c.protocol()
		if tls := data[0] == 22; tls != (kind == speaksTLS) {
			t.Errorf("%q was detected as protocol %d", data, kind)
		}
		method, _, spaced := bytes.Cut(data, []byte(" "))
		if kind == speaksHTTP && (!spaced || len(method) > maxMethod || string(method) == "CONNECT") {
			t.Errorf("%q was detected as protocol %d", data, kind)
		}
		got, err := io.ReadAll(c)
		if err != nil && !errors.Is(err, io.EOF) || !bytes.Equal(got, data) {
			t.Errorf("%q was read back as %q, %v", data, got, err)
		}
	})
}

// TestSilentClients checks that the connection to the server of a client that waited serves the
// client if it speaks another protocol, and is closed if it speaks TLS after all.
func TestSilentClients(t *testing.T) {
	for name, first := range map[string]string{"another protocol": "EHLO client.example\r\n", "TLS": "\x16\x03\x01"} {
		t.Run(name, func(t *testing.T) {
			servers := make(chan net.Conn, 1)
			l := must(net.Listen("tcp", "127.0.0.1:0"))
			defer l.Close()
			go func() {
				if c, err := l.Accept(); err == nil {
					servers <- c
				}
			}()
			g := newRig(t, func(c *Config) { c.timeouts.first = time.Millisecond })
			client := g.connect(l.Addr().String(), "")
			server := <-servers
			defer server.Close()
			io.WriteString(client, first)
			server.SetReadDeadline(time.Now().Add(time.Minute))
			buf := make([]byte, len(first))
			switch n, err := io.ReadFull(server, buf); {
			case name == "TLS" && !errors.Is(err, io.EOF):
				t.Errorf("the server got %q, %v, want the end", buf[:n], err)
			case name != "TLS" && string(buf) != first:
				t.Errorf("the server got %q, %v", buf[:n], err)
			}
			client.Close()
		})
	}
}

// hello returns the ClientHello of a client that offers these ALPN protocols.
func hello(offers ...string) []byte {
	ours, theirs := net.Pipe()
	go func() {
		tls.Client(ours, &tls.Config{ServerName: "x.example", NextProtos: offers}).Handshake()
		ours.Close()
	}()
	defer theirs.Close()
	buf := make([]byte, 4<<10)
	n, _ := theirs.Read(buf)
	return buf[:n]
}

// writeRecorder is a connection that keeps the bytes written to it.
type writeRecorder struct {
	scripted
	written bytes.Buffer
}

func (c *writeRecorder) RemoteAddr() net.Addr { return &net.TCPAddr{} }

func (c *writeRecorder) Write(p []byte) (int, error) { return c.written.Write(p) }

// FuzzPeekHello checks that reading any bytes as a ClientHello does not panic, and that a
// connection which is not to be decrypted is unchanged: nothing was written to it, and every byte
// read from it will be read again.
func FuzzPeekHello(f *testing.F) {
	for _, offers := range [][]string{nil, {"h2", "http/1.1"}, {"mqtt"}, {"acme-tls/1", "x"}} {
		b := hello(offers...)
		f.Add(b, false)
		f.Add(b, true)
		f.Add(append(b[:len(b):len(b)], "early"...), false)
		f.Add(b[:len(b)/2], false)
	}
	p := &Proxy{pins: newRefusers(time.Minute)}
	p.tls = p.clientTLS()
	p.tls.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("none") }
	f.Fuzz(func(t *testing.T, data []byte, bytewise bool) {
		var r io.Reader = bytes.NewReader(data)
		if bytewise {
			r = iotest.OneByteReader(r)
		}
		below := &writeRecorder{scripted: scripted{r: r}}
		c := &clientConn{Conn: below, hello: make([]byte, 0, helloSize)}
		err := tls.Server(c, p.tls).Handshake()
		if !errors.Is(err, errNotHTTP) {
			return
		}
		rest, _ := io.ReadAll(r)
		if got := slices.Concat(c.early, rest); !bytes.Equal(got, data) || below.written.Len() > 0 {
			t.Errorf("%q is left as %q, and %q was written", data, got, below.written.String())
		}
	})
}
