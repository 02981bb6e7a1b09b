package capture

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"
)

// serveUpgrade forwards a request for another protocol and, if the upstream agrees, the bytes that
// follow. goproxy would close the connection when one side has ended, and supports only WebSocket.
// It reports whether it took over the client's connection.
func (p *Proxy) serveUpgrade(w *clientWriter, r *http.Request, x *exchange) (hijacked bool) {
	to := upgradeProtocol(r.Header)
	removeHopByHop(r.Header)
	r.Header["Connection"], r.Header["Upgrade"] = []string{"Upgrade"}, []string{to}
	resp := x.answer(r)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSwitchingProtocols {
		w.respond(resp)
		return false
	}
	maps.Copy(w.Header(), resp.Header)
	asSpelled(w.Header(), x.f.Response.Header)
	w.WriteHeader(http.StatusSwitchingProtocols)
	upstream, ok := resp.Body.(io.ReadWriteCloser)
	if !ok {
		x.finish(errStatus)
		return false
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		x.finish(errClosed)
		return false
	}
	conn = belowServed(conn)
	defer conn.Close()
	both := &upgraded{conn, upstream}
	p.conns.add(both)
	defer p.conns.remove(both)
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	c := &clientConn{Conn: conn, early: append([]byte(nil), early...)}
	up, down := io.Writer(&x.req), io.Writer(&x.res)
	if t := x.newTranscript(resp.Header); t != nil {
		x.mu.Lock()
		x.messages = t
		x.mu.Unlock()
		client := &frames{to: t, fromClient: true, inflater: newInflater(resp.Header, true)}
		server := &frames{to: t, inflater: newInflater(resp.Header, false)}
		defer client.end()
		defer server.end()
		x.req.max, x.res.max = 0, 0 // only the number of bytes is recorded
		up, down = io.MultiWriter(up, client), io.MultiWriter(down, server)
	}
	x.relay(c, upstream, up, down)
	x.finish(nil)
	return true
}

// upgraded are the two connections of an upgrade. To close only the client's would not end an
// exchange whose client has ended already and whose upstream never does.
type upgraded struct{ client, upstream io.Closer }

func (u *upgraded) Close() error { return errors.Join(u.client.Close(), u.upstream.Close()) }

// relay copies bytes in both directions until both sides have ended, or one has and the other has
// sent nothing for long; see [Proxy.tunnel]. It also writes the bytes of the client to up and those
// of the upstream to down.
func (x *exchange) relay(c net.Conn, upstream io.ReadWriteCloser, up, down io.Writer) {
	var half halfClosed
	defer half.stop()
	end := func() { half.begin(x.p.cfg.timeouts.half, &upgraded{c, upstream}) }
	done := make(chan struct{})
	go func() {
		defer close(done)
		if x.copyRecorded(upstream, c, up, &half) {
			x.req.end()
			end()
		}
	}()
	if x.copyRecorded(c, upstream, down, &half) {
		x.res.end()
		end()
	}
	<-done
}

// halfClosed closes connections of which one has ended, if the other sends nothing for long.
type halfClosed struct {
	mu    sync.Mutex
	wait  time.Duration
	timer *time.Timer // nil until one has ended
}

func (h *halfClosed) begin(wait time.Duration, c io.Closer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer == nil {
		h.wait, h.timer = wait, time.AfterFunc(wait, func() { c.Close() })
	}
}

// sent notes that bytes came.
func (h *halfClosed) sent() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Reset(h.wait)
	}
}

func (h *halfClosed) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
}

// copyRecorded copies from src to dst until src ends, and then closes dst for writing. After an
// error it closes both and returns false.
func (x *exchange) copyRecorded(dst io.WriteCloser, src io.ReadCloser, record io.Writer, half *halfClosed) bool {
	buf := x.p.buffers.Get().(*[copySize]byte)
	defer x.p.buffers.Put(buf)
	for {
		n, err := src.Read(buf[:])
		record.Write(buf[:n]) // first, so that a reply is recorded after it
		half.sent()
		if _, werr := dst.Write(buf[:n]); werr != nil {
			err = werr
		}
		if err == io.EOF {
			closeWrite(dst)
			return true
		}
		if err != nil {
			dst.Close()
			src.Close()
			return false
		}
	}
}
