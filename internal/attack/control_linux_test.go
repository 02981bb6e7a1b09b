package attack

import (
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// frame is a frame of the control protocol that claims a length.
func frame(kind byte, claimed int, payload string) string {
	return string([]byte{kind, byte(claimed >> 24), byte(claimed >> 16), byte(claimed >> 8), byte(claimed)}) + payload
}

// Peers of the control socket that are slow, stop or lie delay neither the traffic nor the end of the proxy.
func TestControlPeers(t *testing.T) {
	const greeting = "spectap\x00\x04"
	op := func(json string) string { return greeting + frame('q', len(json), json) }
	for name, sends := range map[string]string{
		"say nothing":                 "",
		"half a greeting":             greeting[:4],
		"another greeting":            "GET / HTTP/1.1\r\n\r\n",
		"a frame of 4 GiB":            greeting + frame('q', 1<<32-1, "{"),
		"a frame of 1 GiB":            greeting + frame('q', 1<<30, "{"),
		"watch and do not read":       op(`{"Op":"watch"}`),
		"scan and do not read":        op(`{"Op":"scan"}`),
		"snapshot and do not read":    op(`{"Op":"snapshot"}`),
		"begin an import":             op(`{"Op":"import","Name":"x"}`),
		"begin to append":             op(`{"Op":"append"}`) + frame('f', 1<<30, "x"),
		"append what is no flow":      op(`{"Op":"append"}`) + frame('f', 4, "\xff\xff\xff\xff"),
		"save a model without end":    op(`{"Op":"save","Name":"x"}`) + frame('d', 4, "xxxx"),
		"an unknown operation":        op(`{"Op":"\u0000"}`),
		"apply without a mark":        op(`{"Op":"apply"}`) + frame('z', 0, ""),
		"a session without a session": op(`{"Op":"begin"}`),
		"a commit without an import":  op(`{"Op":"get"}`) + frame('c', 0, ""),
	} {
		try(t, name, "connects a hundred times and does so", "the proxy records, stays small and ends at once", func(a *attack) {
			u := a.upstream(nil)
			db := a.dir + "/a.db"
			s, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", db)
			client := a.through(at)
			get := func() {
				resp, err := client.Get(u.URL + "/x")
				if err != nil {
					a.breach("the proxy does not answer: %v", err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			get()
			for range 100 {
				c := must.Get(net.Dial("unix", db+".sock"))
				defer c.Close()
				c.SetDeadline(time.Now().Add(deadline))
				io.WriteString(c, sends) // a server that has closed the connection is one answer
			}
			client.Transport.(*http.Transport).CloseIdleConnections()
			for range 20 {
				get()
			}
			if o := a.spectap("flows", "ls", "--json", "--db", db); o.status != 0 {
				a.breach("another command gets no answer: %s", o.stderr)
			}
			if peak := peakOf(s.cmd.Process.Pid); peak > 300 {
				a.breach("%d MiB", peak)
			}
			start := time.Now()
			s.stop()
			if time.Since(start) >= deadline {
				a.breach("the proxy does not end: %s", s.log())
			}
			if o := a.spectap("store", "verify", "--db", db); o.status != 0 {
				a.breach("the store is damaged: %s%s", o.stdout, o.stderr)
			}
		})
	}
}
