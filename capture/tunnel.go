package capture

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// tunnel copies bytes between the client and its host until both have closed their writing half, or
// one has and the other has sent nothing for long: it may never, and a client that is gone would
// hold both connections. upstream is nil unless it is connected already.
func (p *Proxy) tunnel(c *clientConn, upstream *clientConn) {
	if p.cfg.Guard != nil {
		p.denyConn(c, &Denial{Reason: "the connection is neither HTTP nor TLS with HTTP in it, or not to be recorded"})
		return
	}
	defer c.Close()
	if upstream == nil || len(c.early)+len(upstream.early) > 0 { // else nobody said a thing
		p.stats.tunnels.Add(1)
	}
	if upstream == nil {
		ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
		var err error
		upstream, err = p.dialAs(ctx, c)
		cancel()
		if err != nil {
			p.log.Info("tunnel", "host", c.authority, "err", err)
			return
		}
	}
	defer upstream.Close()
	upstream.upstream = c.upstream
	p.conns.add(upstream)
	defer p.conns.remove(upstream)
	for _, side := range []*clientConn{c, upstream} {
		side.SetDeadline(time.Time{}) // now, because pass reads the connections below them
	}
	var up sync.WaitGroup
	up.Go(func() { pass(upstream.Conn, c, p.cfg.timeouts.half) })
	pass(c.Conn, upstream, p.cfg.timeouts.half)
	up.Wait()
}

// pass copies from src to dst until src ends. It then closes dst for writing, and dst is cut off
// once it sends nothing for wait. An error ends both directions.
func pass(dst net.Conn, src *clientConn, wait time.Duration) {
	_, err := dst.Write(src.early)
	for err == nil {
		var n int64
		n, err = io.Copy(dst, src.Conn) // unwrapped connections, so that the kernel can splice
		if err == nil {
			break
		}
		if n > 0 && errors.Is(err, os.ErrDeadlineExceeded) { // it has sent something since dst ended
			err = src.Conn.SetReadDeadline(time.Now().Add(wait))
		}
	}
	if err != nil {
		for _, c := range []net.Conn{dst, src.Conn} {
			if tcp, ok := c.(*net.TCPConn); ok && src.upstream != nil {
				tcp.SetLinger(0) // an end by RST is passed on
			}
		}
		dst.Close()
		src.Close()
		return
	}
	_ = dst.SetReadDeadline(time.Now().Add(wait)) // fails if dst is closed
	closeWrite(dst)
}
