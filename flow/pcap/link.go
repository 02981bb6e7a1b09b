package pcap

import (
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// tcpSegment is a segment of TCP.
type tcpSegment struct {
	from, to      netip.AddrPort
	seq           uint32
	syn, fin, rst bool
	payload       []byte
}

// parse returns the innermost segment of a packet: mirrors of virtual networks send packets within
// others. There is none in a fragment of IP.
func parse(link layers.LinkType, data []byte) (x tcpSegment, ok bool) {
	switch link {
	case 12, 14, layers.LinkTypeIPv4, layers.LinkTypeIPv6: // numbers of BSD, and newer ones
		link = layers.LinkTypeRaw
	}
	var from, to netip.Addr
	for _, layer := range gopacket.NewPacket(data, link, gopacket.NoCopy).Layers() {
		switch l := layer.(type) {
		case gopacket.NetworkLayer:
			from, _ = netip.AddrFromSlice(l.NetworkFlow().Src().Raw())
			to, _ = netip.AddrFromSlice(l.NetworkFlow().Dst().Raw())
		case *layers.TCP:
			x, ok = tcpSegment{
				netip.AddrPortFrom(from, uint16(l.SrcPort)), netip.AddrPortFrom(to, uint16(l.DstPort)), l.Seq, l.SYN, l.FIN, l.RST, l.Payload,
			}, true
		}
	}
	return x, ok
}
