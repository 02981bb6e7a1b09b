package capture

// This file decompresses the messages of a WebSocket (RFC 7692, permessage-deflate) as far as a
// recorder keeps them.

import (
	"bytes"
	"compress/flate"
	"io"
	"net/http"
	"strings"
)

// inflater decompresses the messages of one side. It is not safe for concurrent use.
type inflater struct {
	fresh  bool   // each message is compressed separately
	window []byte // the end of the earlier messages
	r      io.ReadCloser
	buf    [4 << 10]byte
}

const (
	// maxWindow is how far a message may refer back into earlier messages.
	maxWindow = 32 << 10
	// maxInflated bounds the work for one message, because a small one may expand to gigabytes.
	maxInflated = 16 << 20
	// tail restores the bytes that a sender removes from the end of a message (RFC 7692, section
	// 7.2.2), and adds an empty last block.
	tail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"
)

// newInflater returns a Side after the response header h, or nil if nothing is
// compressed.
func newInflater(h http.Header, fromClient bool) *inflater {
	for _, line := range h["Sec-Websocket-Extensions"] {
		for extension := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(extension, ";")
			if strings.TrimSpace(name) != "permessage-deflate" {
				continue
			}
			side := "server_no_context_takeover"
			if fromClient {
				side = "client_no_context_takeover"
			}
			i := &inflater{}
			for param := range strings.SplitSeq(params, ";") {
				i.fresh = i.fresh || strings.TrimSpace(param) == side
			}
			return i
		}
	}
	return nil
}

// Message returns the first max bytes of a message and its size. ok is false if the message cannot
// be decompressed, or has more than 16 MiB.
func (i *inflater) Message(data []byte, max int64) (out []byte, size int64, ok bool) {
	src := io.MultiReader(bytes.NewReader(data), strings.NewReader(tail))
	if i.r == nil {
		i.r = flate.NewReaderDict(src, i.window)
	} else if err := i.r.(flate.Resetter).Reset(src, i.window); err != nil {
		return nil, 0, false
	}
	for {
		n, err := i.r.Read(i.buf[:])
		p := i.buf[:n]
		size += int64(n)
		out = append(out, p[:min(int64(n), max-int64(len(out)))]...)
		if !i.fresh {
			i.window = append(i.window, p...)
			if len(i.window) > 2*maxWindow {
				i.window = append(i.window[:0], i.window[len(i.window)-maxWindow:]...)
			}
		}
		switch {
		case err == io.EOF:
			i.window = i.window[len(i.window)-min(len(i.window), maxWindow):]
			return out, size, true
		case err != nil || size > maxInflated:
			return nil, 0, false
		}
	}
}
