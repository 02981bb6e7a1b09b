package capture

import (
	"context"
	"io"
	"net"
	"time"
)

// tunnel copies bytes between the client and its host until both have closed their writing half.
// upstream is nil unless it is connected already.
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
	go func() { up <- pass(upstream.Conn, c) }()
	down := pass(c.Conn, upstream)
	p.stats.tunnelled.Add(down + <-up)
}

// pass copies from src to dst until src ends, and then closes dst for writing. An error ends both
// directions.
func pass(dst net.Conn, src *clientConn) (n int64) {
	k, err := dst.Write(src.early)
	n = int64(k)
	if err == nil {
		var m int64
		m, err = io.Copy(dst, src.Conn) // unwrapped connections, so that the kernel can splice
		n += m
	}
	if err != nil {
		dst.Close()
		src.Close()
		return n
	}
	closeWrite(dst)
	return n
}
