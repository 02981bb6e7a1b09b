package capture

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// tunnel copies bytes between the client and its host until both have closed their writing half, or
// one has and the other has sent nothing for long: it may never, and a client that is gone would
// hold both connections. upstream is nil unless it is connected already.
func (p *Proxy) tunnel(c *clientConn, upstream *clientConn) {
	defer c.Close()
	p.stats.tunnels.Add(1)
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
	p.conns.add(upstream)
	defer p.conns.remove(upstream)
	for _, side := range []*clientConn{c, upstream} {
		side.SetDeadline(time.Time{}) // now, because pass reads the connections below them
	}
	up := make(chan int64, 1)
	wait := p.cfg.timeouts.half
	go func() { up <- pass(upstream.Conn, c, wait) }()
	down := pass(c.Conn, upstream, wait)
	p.stats.tunnelled.Add(down + <-up)
}

// pass copies from src to dst until src ends. It then closes dst for writing, and dst is cut off
// once it sends nothing for wait. An error ends both directions.
func pass(dst net.Conn, src *clientConn, wait time.Duration) (n int64) {
	k, err := dst.Write(src.early)
	n = int64(k)
	for err == nil {
		var m int64
		m, err = io.Copy(dst, src.Conn) // unwrapped connections, so that the kernel can splice
		n += m
		if err == nil {
			break
		}
		if m > 0 && errors.Is(err, os.ErrDeadlineExceeded) { // it has sent something since dst ended
			err = src.Conn.SetReadDeadline(time.Now().Add(wait))
		}
	}
	if err != nil {
		dst.Close()
		src.Close()
		return n
	}
	_ = dst.SetReadDeadline(time.Now().Add(wait)) // fails if dst is closed
	closeWrite(dst)
	return n
}
