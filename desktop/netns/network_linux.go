package netns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// mark marks connections that are not redirected: those of the caller to servers of the command.
const mark = 0x73706563

// connectAll brings up the loopback interface and makes all addresses local, so that each has a
// route and a UDP port without a socket refuses. The addresses of this machine are set because
// programs ask which it has (AI_ADDRCONFIG of getaddrinfo).
func connectAll(s *setup) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find the loopback interface: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("start the loopback interface: %w", err)
	}
	for _, a := range s.Addrs {
		addr := &netlink.Addr{IPNet: prefix(a, a.BitLen())}
		if a.Is6() {
			addr.Flags = unix.IFA_F_NODAD
		}
		if err := netlink.AddrAdd(lo, addr); err != nil {
			return fmt.Errorf("add the address %s: %w", a, err)
		}
	}
	routes := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	if s.IPv6 {
		routes = append(routes, netip.IPv6Loopback())
	}
	for _, from := range routes { // clients come from a loopback address
		all := netip.IPv4Unspecified()
		if from.Is6() {
			all = netip.IPv6Unspecified()
		}
		err := netlink.RouteAdd(&netlink.Route{
			LinkIndex: lo.Attrs().Index, Dst: prefix(all, 0), Src: from.AsSlice(),
			Table: unix.RT_TABLE_LOCAL, Type: unix.RTN_LOCAL, Scope: netlink.SCOPE_HOST,
		})
		if err != nil {
			return fmt.Errorf("add a route to all addresses: %w", err)
		}
	}
	return nil
}

func prefix(a netip.Addr, bits int) *net.IPNet {
	return &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(bits, a.BitLen())}
}

// portTries is the number of attempts to find a port that is free for both families; most ports
// are.
const portTries = 8

// listen returns the sockets of the listeners of TCP and UDP, which have the same ports for IPv4
// and IPv6.
func listen() (files []*os.File, tcp, dns uint16, err error) {
	var c net.ListenConfig
	ctx := context.Background()
	for range portTries {
		for _, f := range files {
			f.Close()
		}
		files, tcp, dns = nil, 0, 0
		err = nil
		for _, host := range []string{"127.0.0.1", "::1"} {
			if host == "::1" && !hasLoopback6() {
				break
			}
			l, lerr := c.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(int(tcp))))
			if err = lerr; err != nil {
				break
			}
			p, perr := c.ListenPacket(ctx, "udp", net.JoinHostPort(host, strconv.Itoa(int(dns))))
			if err = perr; err != nil {
				l.Close()
				break
			}
			tcp = uint16(l.Addr().(*net.TCPAddr).Port)
			dns = uint16(p.LocalAddr().(*net.UDPAddr).Port)
			lf, lerr := l.(*net.TCPListener).File()
			pf, perr := p.(*net.UDPConn).File()
			l.Close()
			p.Close()
			if err = errors.Join(lerr, perr); err != nil {
				break
			}
			files = append(files, lf, pf)
		}
		if err == nil {
			return files, tcp, dns, nil
		}
	}
	return files, 0, 0, fmt.Errorf("listen inside: %w", err)
}

// hasLoopback6 reports whether the kernel has IPv6.
func hasLoopback6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// redirect redirects each connection of TCP and each query of DNS to the listeners.
func redirect(tcp, dns uint16) error {
	c := &nftables.Conn{}
	t := c.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: "spectap"})
	out := c.AddChain(&nftables.Chain{
		Name: "output", Table: t, Type: nftables.ChainTypeNAT, Hooknum: nftables.ChainHookOutput, Priority: nftables.ChainPriorityNATDest,
	})
	is := func(key expr.MetaKey, value []byte) []expr.Any {
		return []expr.Any{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: value}}
	}
	to := func(port uint16) []expr.Any {
		return []expr.Any{&expr.Immediate{Register: 1, Data: binaryutil.BigEndian.PutUint16(port)}, &expr.Redir{RegisterProtoMin: 1}}
	}
	destination := []expr.Any{ // the port, at the same place in TCP and UDP
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.BigEndian.PutUint16(53)},
	}
	for _, e := range [][]expr.Any{
		append(is(expr.MetaKeyMARK, binaryutil.NativeEndian.PutUint32(mark)), &expr.Verdict{Kind: expr.VerdictAccept}),
		append(is(expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_TCP}), to(tcp)...),
		append(append(is(expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_UDP}), destination...), to(dns)...),
	} {
		c.AddRule(&nftables.Rule{Table: t, Chain: out, Exprs: e})
	}
	if err := c.Flush(); err != nil {
		return fmt.Errorf("redirect connections by nftables, which the kernel must have with NAT: %w", err)
	}
	return nil
}

// openMarked returns a socket of TCP whose connection is not redirected, or nil.
func openMarked(family int) *os.File {
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), "socket")
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, mark) != nil {
		f.Close()
		return nil
	}
	return f
}
