package capture

import (
	"io"
	"net"
	"net/http"
)

// serveUpgrade passes a request on that asks for another protocol, and if the upstream agrees what follows.
// goproxy would end the connection as soon as one side has said all it has to say, and it knows WebSocket only.
func (p *Proxy) serveUpgrade(w *clientWriter, r *http.Request, x *exchange) {
	to := upgrade(r.Header)
	stripHop(r.Header)
	r.Header["Connection"], r.Header["Upgrade"] = []string{"Upgrade"}, []string{to}
	resp, err := x.RoundTrip(r, nil)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	h := w.Header()
	for name, values := range resp.Header {
		h[name] = values
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		w.WriteHeader(resp.StatusCode)
		w.ReadFrom(resp.Body)
		return
	}
	w.WriteHeader(http.StatusSwitchingProtocols)
	upstream, ok := resp.Body.(io.ReadWriteCloser)
	if !ok {
		x.finish(errStatus)
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		x.finish(errClosed)
		return
	}
	defer conn.Close()
	p.conns.add(conn)
	defer p.conns.remove(conn)
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	x.relay(&clientConn{Conn: conn, early: append([]byte(nil), early...)}, upstream)
	x.finish(nil)
}

// relay passes bytes both ways until both sides have said all they had to say, counting them as bodies.
func (x *exchange) relay(c net.Conn, upstream io.ReadWriteCloser) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.copyTee(upstream, c, &x.req)
	}()
	x.copyTee(c, upstream, &x.res)
	<-done
}

// copyTee copies from src to dst through t until src ends, and then ends dst. Failures end both.
func (x *exchange) copyTee(dst io.WriteCloser, src io.ReadCloser, t *tee) {
	buf := x.p.buffers.Get().(*[copySize]byte)
	defer x.p.buffers.Put(buf)
	for {
		n, err := src.Read(buf[:])
		t.write(buf[:n])
		if _, werr := dst.Write(buf[:n]); werr != nil {
			err = werr
		}
		if err == io.EOF {
			t.end()
			closeWrite(dst)
			return
		}
		if err != nil {
			dst.Close()
			src.Close()
			return
		}
	}
}
