package netns

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// maxPacket bounds a message: the setup names a few files.
const maxPacket = 64 << 10

// message is a message between the caller and the helper, one per packet.
type message struct {
	// From the caller:
	Setup  *setup `json:"setup,omitempty"`
	Signal int    `json:"signal,omitempty"` // for the command
	Socket int    `json:"socket,omitempty"` // open one of this address family inside

	// From the helper:
	Ready   bool   `json:"ready,omitempty"`   // with the sockets of listeners
	Opened  bool   `json:"opened,omitempty"`  // with a socket, unless it failed
	Started bool   `json:"started,omitempty"` // the command runs
	Error   string `json:"error,omitempty"`   // what failed: setup, or the start of the command if it is ""
	Errno   int    `json:"errno,omitempty"`
	Ended   bool   `json:"ended,omitempty"`
	Status  int    `json:"status,omitempty"` // of the command that has ended, as in a shell
}

// setup is the configuration for the helper.
type setup struct {
	Addrs   []netip.Addr `json:"addrs"` // of this machine
	IPv6    bool         `json:"ipv6"`  // this machine reaches others by it
	Covers  []Cover      `json:"covers"`
	Ambient bool         `json:"ambient"` // the helper has capabilities that the command must not have
}

// send sends a message with files, which stay open.
func send(c *net.UnixConn, m message, files ...*os.File) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	var rights []byte
	if fds != nil {
		rights = unix.UnixRights(fds...)
	}
	_, _, err = c.WriteMsgUnix(data, rights, nil)
	return err
}

// receive returns the next message with its files, or io.EOF when the other side has ended.
func receive(c *net.UnixConn) (m message, files []*os.File, err error) {
	buf, oob := make([]byte, maxPacket), make([]byte, unix.CmsgSpace(8*4))
	n, k, _, _, err := c.ReadMsgUnix(buf, oob)
	if err != nil || n == 0 {
		return m, nil, errors.Join(err, io.EOF)
	}
	controls, err := unix.ParseSocketControlMessage(oob[:k])
	if err != nil {
		return m, nil, fmt.Errorf("read the files of a message: %w", err)
	}
	for _, control := range controls {
		fds, err := unix.ParseUnixRights(&control)
		if err != nil {
			return m, nil, fmt.Errorf("read the files of a message: %w", err)
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "socket"))
		}
	}
	return m, files, json.Unmarshal(buf[:n], &m)
}

// packetConn returns the connection of a socket, which it closes.
func packetConn(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("not a Unix socket")
	}
	return u, nil
}
