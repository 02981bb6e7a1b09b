//go:build !linux

package netns

import (
	"context"
	"net"
	"net/netip"
	"os"
)

// Space is a command with its namespaces.
type Space struct{}

// Start returns [ErrUnsupported].
func (*Space) Start(Config) error { return ErrUnsupported }

// Inside returns [ErrUnsupported].
func Inside([]string) error { return ErrUnsupported }

// Dial returns [ErrUnsupported].
func (*Space) Dial(context.Context, string, string) (net.Conn, error) { return nil, ErrUnsupported }

// Name reports that no name is known.
func (*Space) Name(netip.AddrPort, string, bool) (string, bool) { return "", false }

// Signal does nothing.
func (*Space) Signal(os.Signal) {}

// Wait returns [ErrUnsupported].
func (*Space) Wait() (int, error) { return 0, ErrUnsupported }
