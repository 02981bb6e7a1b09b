package capture

import (
	"bytes"
	"io"
	"net"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// fields encodes pairs of header names and values with HPACK.
func fields(pairs ...string) []byte {
	var b bytes.Buffer
	enc := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		enc.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return b.Bytes()
}

// TestEndOfStream checks how gRPC responses end. A call that fails at once gets one header that
// also ends the stream, since clients treat two as a broken call. A call that fails later has its
// status after the messages.
func TestEndOfStream(t *testing.T) {
	g := newRig(t)
	for _, tt := range []struct {
		path, want string
		respond    func(f *http2.Framer, id uint32)
	}{
		{"/now", "HEADERS end", func(f *http2.Framer, id uint32) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: true,
				BlockFragment: fields(":status", "200", "content-type", "application/grpc", "grpc-status", "5")})
		}},
		{"/late", "HEADERS DATA HEADERS end", func(f *http2.Framer, id uint32) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true,
				BlockFragment: fields(":status", "200", "content-type", "application/grpc")})
			f.WriteData(id, false, []byte("\x00\x00\x00\x00\x01m"))
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: true,
				BlockFragment: fields("grpc-status", "0")})
		}},
	} {
		up := listen(t, func(c net.Conn) {
			io.ReadFull(c, make([]byte, len(http2.ClientPreface)))
			f := http2.NewFramer(c, c)
			f.WriteSettings()
			for {
				frame, err := f.ReadFrame()
				if err != nil {
					return
				}
				if frame.Header().Type == http2.FrameHeaders {
					tt.respond(f, frame.Header().StreamID)
				}
			}
		})
		c := g.connect(up, "")
		io.WriteString(c, http2.ClientPreface)
		framer := http2.NewFramer(c, c)
		framer.WriteSettings()
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true,
			BlockFragment: fields(":method", "POST", ":scheme", "http", ":path", tt.path, ":authority", up, "te",
				"trailers")})
		got := ""
		for end := false; !end; {
			f, err := framer.ReadFrame()
			if err != nil {
				t.Fatalf("%s: after %q: %v", tt.path, got, err)
			}
			if f.Header().StreamID != 1 || f.Header().Type == http2.FrameWindowUpdate {
				continue
			}
			got += f.Header().Type.String() + " "
			end = f.Header().Flags.Has(http2.FlagDataEndStream) // the flag has the same bit in HEADERS and DATA frames
		}
		if got += "end"; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.path, got, tt.want)
		}
		f := g.sink.done(t, tt.path)
		if f.Response.Header.Has("Content-Length") || f.Err != "" ||
			f.Response.Header.Get("Grpc-Status") != "5" && f.Response.Trailer.Get("Grpc-Status") != "0" {
			t.Errorf("%s: recorded %+v, %q", tt.path, f.Response, f.Err)
		}
	}
}
