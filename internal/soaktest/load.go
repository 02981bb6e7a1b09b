package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// loadResult counts the requests of all clients.
type loadResult struct {
	requests, errors, bytes int64
	firstError              error
	took                    time.Duration
	latencies               []time.Duration // sorted once all clients have ended
}

// percentile returns the latency below which a share p of the requests stayed.
func (l *loadResult) percentile(p float64) time.Duration {
	if len(l.latencies) == 0 {
		return 0
	}
	return l.latencies[min(len(l.latencies)-1, int(p*float64(len(l.latencies))))]
}

// pathOf returns the path of the request with a number.
func pathOf(o options, n int64) string {
	switch {
	case o.noise, n%4096 == 0:
		return fmt.Sprintf("/noise/%d/%d", maxBody, n)
	case n%64 == 0:
		return fmt.Sprintf("/items/%d/%d", 16<<10, n)
	}
	return fmt.Sprintf("/items/%d/%d", 1<<10, n)
}

// drive sends requests numbered from 1 over persistent connections, until it reaches the limit of
// time or bytes.
func drive(ctx context.Context, o options, p *proxy, up *origin) *loadResult {
	ctx, cancel := context.WithTimeout(ctx, o.time)
	defer cancel()
	l := &loadResult{}
	var number, bytes atomic.Int64
	var mu sync.Mutex // guards l
	var wg sync.WaitGroup
	start := time.Now()
	for range o.conns {
		wg.Go(func() {
			c := &client{proxy: p, up: up}
			defer c.close()
			var mine loadResult
			for ctx.Err() == nil && (o.bytes == 0 || bytes.Load() < o.bytes) {
				began := time.Now()
				size, err := c.get(pathOf(o, number.Add(1)))
				if err != nil {
					mine.errors++
					mine.firstError = err
					c.close()
					if mine.errors > 100 {
						break
					}
					continue
				}
				mine.latencies = append(mine.latencies, time.Since(began))
				mine.bytes += size
				bytes.Add(size)
			}
			mu.Lock()
			defer mu.Unlock()
			l.errors += mine.errors
			l.bytes += mine.bytes
			l.latencies = append(l.latencies, mine.latencies...)
			if l.firstError == nil {
				l.firstError = mine.firstError
			}
		})
	}
	wg.Wait()
	l.took = time.Since(start)
	l.requests = number.Load()
	slices.Sort(l.latencies)
	return l
}

// client is one connection through the proxy. It speaks plain HTTP/1.1 without net/http's client,
// so that most of the machine is left to the proxy.
type client struct {
	proxy *proxy
	up    *origin
	conn  net.Conn
	br    *bufio.Reader
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

func (c *client) dial() error {
	host := c.up.host()
	raw, err := net.Dial("tcp", c.proxy.addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(raw, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", host, host)
	br := bufio.NewReader(raw)
	resp, err := http.ReadResponse(br, &http.Request{Method: http.MethodConnect})
	if err != nil {
		raw.Close()
		return err
	}
	if resp.StatusCode != http.StatusOK {
		raw.Close()
		return fmt.Errorf("CONNECT: %s", resp.Status)
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		raw.Close()
		return err
	}
	c.conn = tls.Client(raw, &tls.Config{RootCAs: c.proxy.roots, ServerName: name})
	c.br = bufio.NewReaderSize(c.conn, 64<<10)
	return nil
}

func (c *client) get(path string) (int64, error) {
	if c.conn == nil {
		if err := c.dial(); err != nil {
			return 0, err
		}
	}
	if _, err := fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n\r\n", path, c.up.host()); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(c.br, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || n != resp.ContentLength) {
		err = fmt.Errorf("%s: %s, %d bytes", path, resp.Status, n)
	}
	return n, err
}
