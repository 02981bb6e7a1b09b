//go:build !nohub

package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// link is a network between clients and one node of a hub: a TCP proxy that cuts connections,
// refuses them, and drops responses of the node.
type link struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	conns map[net.Conn]bool // guarded by mu
	down  bool              // refuses connections; guarded by mu
	mute  bool              // drops all messages of the node; guarded by mu
	acks  int               // number of the next acknowledgements to drop; guarded by mu
}

func newLink(t *testing.T, target string) *link {
	t.Helper()
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	l := &link{listener: ln, target: target, conns: map[net.Conn]bool{}}
	t.Cleanup(func() {
		ln.Close()
		l.cut(false)
	})
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go l.serve(c)
		}
	}()
	return l
}

func (l *link) address() string { return l.listener.Addr().String() }

// add registers a connection, and reports whether it is accepted.
func (l *link) add(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
	return !l.down
}

func (l *link) serve(client net.Conn) {
	defer client.Close()
	node, err := net.Dial("tcp", l.target)
	if err != nil {
		return
	}
	defer node.Close()
	if !l.add(client) || !l.add(node) {
		return
	}
	go func() {
		io.Copy(node, client)
		node.Close()
	}()
	l.answers(client, bufio.NewReader(node))
	l.mu.Lock()
	delete(l.conns, client)
	delete(l.conns, node)
	l.mu.Unlock()
}

// answers forwards the output of a node in complete NATS protocol messages.
func (l *link) answers(client io.Writer, node *bufio.Reader) {
	for {
		line, err := node.ReadBytes('\n')
		if err != nil {
			return
		}
		message := line
		if words := strings.Fields(string(line)); len(words) > 3 && (words[0] == "MSG" || words[0] == "HMSG") {
			n, err := strconv.Atoi(words[len(words)-1])
			if err != nil {
				return
			}
			payload := make([]byte, n+2)
			if _, err := io.ReadFull(node, payload); err != nil {
				return
			}
			message = append(line, payload...)
		}
		if l.swallows(message) {
			continue
		}
		if _, err := client.Write(message); err != nil {
			return
		}
	}
}

// swallows reports whether a message is dropped.
func (l *link) swallows(message []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.acks > 0 && bytes.Contains(message, []byte(`"stream":"SPECTAP_`)) && bytes.Contains(message, []byte(`"seq":`)) {
		l.acks--
		return true
	}
	return l.mute
}

// set changes the behaviour of the link.
func (l *link) set(change func(*link)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

// cut closes all connections, and refuses others if down is set.
func (l *link) cut(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down, l.mute = down, false
	for c := range l.conns {
		c.Close()
	}
	clear(l.conns)
}
