package pcap

import (
	"encoding/binary"
	"net/netip"
)

// linkType says what comes first in packets (tcpdump.org, "Link-layer header types").
type linkType uint32

const (
	linkNull     linkType = 0 // the loopback of BSD and macOS: a family of addresses
	linkEthernet linkType = 1
	linkPPP      linkType = 9
	linkLoop     linkType = 108 // the loopback of OpenBSD
	linkCooked   linkType = 113 // Linux, "any"
	linkCooked2  linkType = 276
)

// EtherTypes, and protocols of PPP and IP.
const (
	etherVLAN, etherQinQ = 0x8100, 0x88a8
	etherMPLS            = 0x8847
	etherPPPoE           = 0x8864

	ipHopByHop, ipInIP, ipTCP, ipUDP, ipv6InIP, ipRouting, ipOptions = 0, 4, 6, 17, 41, 43, 60

	portVXLAN = 4789
)

// tcpSegment is a segment of TCP.
type tcpSegment struct {
	from, to      netip.AddrPort
	seq           uint32
	syn, fin, rst bool
	payload       []byte
}

// parse returns the segment of a packet, nil for a fragment of IP.
func parse(link linkType, data []byte) (tcpSegment, bool) {
	switch link {
	case linkEthernet:
		return parseEther(skip(data, 12))
	case linkCooked:
		return parseEther(skip(data, 14))
	case linkCooked2:
		if len(data) < 20 {
			return tcpSegment{}, false
		}
		return parseIP(data[20:])
	case linkNull, linkLoop:
		return parseIP(skip(data, 4))
	case linkPPP:
		if len(data) > 2 && data[0] == 0xff { // HDLC framing
			data = data[2:]
		}
		return parseIP(skip(data, 2))
	case 12, 14, 101, 228, 229: // an IP packet
		return parseIP(data)
	}
	return tcpSegment{}, false
}

// skip returns what follows n bytes.
func skip(data []byte, n int) []byte { return data[min(n, len(data)):] }

// parseEther reads data that begins with an EtherType.
func parseEther(data []byte) (tcpSegment, bool) {
	for len(data) >= 2 {
		switch typ := binary.BigEndian.Uint16(data); typ {
		case etherVLAN, etherQinQ:
			data = skip(data, 4)
		case etherPPPoE: // RFC 2516, with the two bytes of PPP
			return parseIP(skip(data, 2+6+2))
		case etherMPLS: // RFC 3032: labels of four bytes, up to that with the bit S
			for data = data[2:]; len(data) >= 4 && data[2]&1 == 0; {
				data = data[4:]
			}
			return parseIP(skip(data, 4))
		default:
			return parseIP(data[2:])
		}
	}
	return tcpSegment{}, false
}

// parseIP reads a packet of IPv4 (RFC 791) or IPv6 (RFC 8200), within others or within VXLAN (RFC
// 7348) as well: mirrors of virtual networks send that.
func parseIP(data []byte) (tcpSegment, bool) {
	if len(data) < 20 {
		return tcpSegment{}, false
	}
	var from, to netip.Addr
	var protocol byte
	switch data[0] >> 4 {
	case 4:
		head, size := int(data[0]&15)*4, int(binary.BigEndian.Uint16(data[2:]))
		if head < 20 || head > len(data) || binary.BigEndian.Uint16(data[6:])&0x3fff != 0 { // a fragment
			return tcpSegment{}, false
		}
		protocol = data[9]
		from, to = netip.AddrFrom4([4]byte(data[12:])), netip.AddrFrom4([4]byte(data[16:]))
		if size >= head && size < len(data) { // 0 is left to the network card
			data = data[:size]
		}
		data = data[head:]
	case 6:
		if len(data) < 40 {
			return tcpSegment{}, false
		}
		protocol = data[6]
		from, to = netip.AddrFrom16([16]byte(data[8:])), netip.AddrFrom16([16]byte(data[24:]))
		if size := 40 + int(binary.BigEndian.Uint16(data[4:])); size > 40 && size < len(data) {
			data = data[:size]
		}
		for data = data[40:]; protocol == ipHopByHop || protocol == ipRouting || protocol == ipOptions; {
			if len(data) < 8 {
				return tcpSegment{}, false
			}
			protocol, data = data[0], skip(data, 8+8*int(data[1]))
		}
	default:
		return tcpSegment{}, false
	}
	switch {
	case protocol == ipTCP:
		return parseTCP(from, to, data)
	case protocol == ipInIP, protocol == ipv6InIP:
		return parseIP(data)
	case protocol == ipUDP && len(data) > 16 && binary.BigEndian.Uint16(data[2:]) == portVXLAN:
		return parseEther(skip(data, 8+8+12))
	}
	return tcpSegment{}, false
}

// parseTCP reads a segment (RFC 9293, section 3.1).
func parseTCP(from, to netip.Addr, data []byte) (tcpSegment, bool) {
	if len(data) < 20 || int(data[12]>>4)*4 < 20 || int(data[12]>>4)*4 > len(data) {
		return tcpSegment{}, false
	}
	flags := data[13]
	return tcpSegment{
		from: netip.AddrPortFrom(from, binary.BigEndian.Uint16(data)), to: netip.AddrPortFrom(to, binary.BigEndian.Uint16(data[2:])),
		seq: binary.BigEndian.Uint32(data[4:]), fin: flags&1 != 0, syn: flags&2 != 0, rst: flags&4 != 0,
		payload: data[data[12]>>4*4:],
	}, true
}
