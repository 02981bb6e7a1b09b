//go:build unix

package audit

import (
	"fmt"
	"log/syslog"
	"strings"
)

// syslogTag names the lines in the log of the system.
const syslogTag = "spectap-audit"

// openSyslog returns a sink that writes to the log of the system, by the socket of the default
// place or another one.
func openSyslog(socket string) (Sink, error) {
	network := ""
	if socket != "" {
		network = "unixgram"
	}
	w, err := syslog.Dial(network, socket, syslog.LOG_NOTICE|syslog.LOG_AUTH, syslogTag)
	if err != nil {
		return nil, fmt.Errorf("open the log of the system: %w", err)
	}
	return syslogSink{w}, nil
}

type syslogSink struct{ w *syslog.Writer }

func (s syslogSink) Put(_ uint64, line []byte) error {
	return s.w.Notice(strings.TrimSuffix(string(line), "\n"))
}

func (s syslogSink) Close() error { return s.w.Close() }
