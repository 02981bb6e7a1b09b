//go:build unix

package audit

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestSyslog(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	l, err := net.ListenPacket("unixgram", socket)
	noError(t, err)
	defer l.Close()
	s, err := OpenSink("syslog:" + socket)
	noError(t, err)
	c := Checkpoint{Seq: 7, Hash: "h", Reason: ReasonStop}
	c.sign(newKey(t))
	noError(t, s.Put(c.Seq, c.line()))
	got := make([]byte, 4096)
	noError(t, l.SetReadDeadline(time.Now().Add(time.Minute)))
	n, _, err := l.ReadFrom(got)
	noError(t, err)
	if all, others := ParseCheckpoints(string(got[:n])); len(all) != 1 || others != 0 || all[0] != c {
		t.Errorf("got %s", got[:n])
	}
	l.Close()
	if err := s.Put(8, c.line()); err == nil {
		t.Error("nobody reads the socket, and the checkpoint counts as kept")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := OpenSink("syslog:" + filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a socket that is not there was opened")
	}
}
