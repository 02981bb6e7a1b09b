package netns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel accepts a connection before a program can ask where it leads. So the rules drop the
// first packet (SYN) of each, and the gate, which sees it too, sends it again once the connection
// to its destination is open or has failed. Its mark then says what becomes of it.
const (
	mark            = 0x73706563 + iota // a connection of the caller to a server of the command: no rule applies
	markPass                            // goes to the listener
	markRefused                         // is answered by RST
	markUnreachable                     // is answered by ICMP
	markDropped                         // gets no answer
)

const (
	maxHeld  = 4 << 10          // connections that wait; the clients of others try again
	heldTime = 30 * time.Second // that a connection may wait to be accepted
)

// ends are the addresses of a connection.
type ends struct{ from, to netip.AddrPort }

// held is a connection that is not accepted yet.
type held struct {
	upstream net.Conn    // or nil
	expiry   *time.Timer // nil until the first packet was let through
}

// openGate returns a packet socket that receives the first packets of connections, and a raw socket
// that sends packets. It lets the listener have connections to any address.
func openGate(ipv6 bool, listener *os.File) (in, out *os.File, err error) {
	ether, proto, length := unix.ETH_P_IP, uint32(9), unix.SockFilter{Code: unix.BPF_LDX | unix.BPF_B | unix.BPF_MSH}
	family, level, anyAddress := unix.AF_INET, unix.SOL_IP, unix.IP_TRANSPARENT
	if ipv6 {
		ether, proto, length = unix.ETH_P_IPV6, 6, unix.SockFilter{Code: unix.BPF_LDX | unix.BPF_IMM, K: 40}
		family, level, anyAddress = unix.AF_INET6, unix.SOL_IPV6, unix.IPV6_TRANSPARENT
	}
	const load, equal, mark = unix.BPF_LD | unix.BPF_B, unix.BPF_JMP | unix.BPF_JEQ, 0xfffff000 + 20 // SKF_AD_MARK
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: mark}, {Code: equal, Jf: 7},
		{Code: load | unix.BPF_ABS, K: proto}, {Code: equal, K: unix.IPPROTO_TCP, Jf: 5},
		length, {Code: load | unix.BPF_IND, K: 13}, // the flags after the IP header
		{Code: unix.BPF_ALU | unix.BPF_AND, K: tcpFlags}, {Code: equal, K: tcpSYN, Jf: 1},
		{Code: unix.BPF_RET, K: maxPacket}, {Code: unix.BPF_RET},
	}
	rx, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0) // until Bind, it receives nothing
	tx, terr := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_RAW)
	if err = errors.Join(err, terr); err == nil {
		program := &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
		err = errors.Join(unix.SetsockoptSockFprog(rx, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, program),
			unix.Bind(rx, &unix.SockaddrLinklayer{Protocol: uint16(ether<<8 | ether>>8)}),
			unix.SetsockoptInt(int(listener.Fd()), level, anyAddress, 1))
	}
	return os.NewFile(uintptr(rx), "gate"), os.NewFile(uintptr(tx), "raw"), err
}

// watch decides about each connection whose first packet it reads. own is the address of the
// listener, which the command cannot use.
func (s *Space) watch(in *os.File, out *net.IPConn, own net.Addr) {
	buf := make([]byte, maxPacket)
	for {
		n, err := in.Read(buf)
		if errors.Is(err, os.ErrClosed) {
			return
		}
		packet := bytes.Clone(buf[:n])
		e, ok := parseSYN(packet)
		if err != nil || !ok {
			continue
		}
		s.holding.Lock()
		switch h := s.held[e]; {
		case e.to.String() == own.String():
			sendMarked(out, packet, e.to, markRefused)
		case h == nil && len(s.held) < maxHeld:
			s.held[e] = new(held)
			go func() { sendMarked(out, packet, e.to, s.decide(e)) }()
		case h != nil && h.expiry != nil: // the listener's queue was full
			sendMarked(out, packet, e.to, markPass)
		}
		s.holding.Unlock()
	}
}

// decide connects to the destination of a connection, and returns the mark for its first packet, or
// that of a dropped packet if there was no answer in time: the client will try again.
func (s *Space) decide(e ends) int {
	upstream, err := s.connect(e.to)
	s.holding.Lock()
	defer s.holding.Unlock()
	delete(s.held, e)
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return markRefused
	case errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, unix.ENETUNREACH):
		return markUnreachable
	case os.IsTimeout(err), errors.Is(err, unix.EINPROGRESS):
		return markDropped
	}
	s.held[e] = &held{upstream, time.AfterFunc(heldTime, func() { // the client has gone
		if c := s.take(e); c != nil {
			c.Close()
		}
	})}
	return markPass
}

// take returns the connection to the destination of one that was accepted, or nil.
func (s *Space) take(e ends) net.Conn {
	s.holding.Lock()
	defer s.holding.Unlock()
	h := s.held[e]
	if h == nil || h.expiry == nil {
		return nil
	}
	h.expiry.Stop()
	delete(s.held, e)
	return h.upstream
}

const (
	tcpSYN   = 0x02
	tcpFlags = 0x17 // FIN, SYN, RST, ACK
)

// parseSYN returns the addresses in a packet of TCP, and completes its checksum, which the kernel
// leaves to the network card.
func parseSYN(p []byte) (e ends, ok bool) {
	at, addrs, size := int(p[0]&0xf)*4, 12, 4 // the filter has seen as many bytes
	if p[0]>>4 == 6 {
		at, addrs, size = 40, 8, 16
	}
	if at < 20 || len(p) < at+20 {
		return e, false
	}
	from, _ := netip.AddrFromSlice(p[addrs : addrs+size])
	to, _ := netip.AddrFromSlice(p[addrs+size : addrs+2*size])
	tcp := p[at:]
	e.from = netip.AddrPortFrom(from, binary.BigEndian.Uint16(tcp))
	e.to = netip.AddrPortFrom(to, binary.BigEndian.Uint16(tcp[2:]))
	sum := unix.IPPROTO_TCP + len(tcp) // RFC 9293, section 3.1
	tcp[16], tcp[17] = 0, 0
	for _, part := range [][]byte{p[addrs : addrs+2*size], tcp} {
		for i, b := range part {
			sum += int(b) << (8 * (1 - i%2))
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(tcp[16:], ^uint16(sum))
	return e, true
}

// sendMarked sends a packet with a mark.
func sendMarked(out *net.IPConn, packet []byte, to netip.AddrPort, mark int) {
	control := unix.UnixRights(mark) // has the form of SO_MARK: an int at the level of sockets
	binary.NativeEndian.PutUint32(control[unix.SizeofCmsghdr-4:], unix.SO_MARK)
	out.WriteMsgIP(packet, control, &net.IPAddr{IP: to.Addr().AsSlice()}) // a lost packet is sent again by the client
}
