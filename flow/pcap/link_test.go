package pcap

import (
	"bytes"
	"net"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/spectap/spectap/internal/test/must"
)

// TestLinks reads a request below each kind of header, as another library writes it.
func TestLinks(t *testing.T) {
	mac := make(net.HardwareAddr, 6)
	ether := func(typ layers.EthernetType) *layers.Ethernet {
		return &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: typ}
	}
	v4 := func(p layers.IPProtocol) *layers.IPv4 {
		return &layers.IPv4{Version: 4, TTL: 64, Protocol: p, SrcIP: net.IPv4(10, 0, 0, 1), DstIP: net.IPv4(10, 0, 0, 2)}
	}
	v6 := func(p layers.IPProtocol) *layers.IPv6 {
		return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: p, SrcIP: net.ParseIP("fd00::1"), DstIP: net.ParseIP("fd00::2")}
	}
	bytesOf := func(hex ...byte) gopacket.SerializableLayer { return gopacket.Payload(hex) }
	udp := &layers.UDP{SrcPort: 5000, DstPort: 4789}
	tcp := &layers.TCP{SrcPort: 40000, DstPort: 80, ACK: true, Options: []layers.TCPOption{{OptionType: layers.TCPOptionKindNop}}}
	for name, tt := range map[string]struct {
		link   layers.LinkType
		layers []gopacket.SerializableLayer
	}{
		"Ethernet":       {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypeIPv4), v4(layers.IPProtocolTCP)}},
		"IPv6":           {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypeIPv6), v6(layers.IPProtocolTCP)}},
		"hop by hop":     {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypeIPv6), v6(layers.IPProtocolIPv6HopByHop), bytesOf(6, 0, 5, 2, 0, 0, 1, 0)}},
		"a VLAN":         {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeIPv4}, v4(layers.IPProtocolTCP)}},
		"MPLS":           {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypeMPLSUnicast), &layers.MPLS{Label: 1}, &layers.MPLS{Label: 2, StackBottom: true}, v4(layers.IPProtocolTCP)}},
		"PPPoE":          {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypePPPoESession), &layers.PPPoE{Version: 1, Type: 1}, &layers.PPP{PPPType: layers.PPPTypeIPv4}, v4(layers.IPProtocolTCP)}},
		"IP in IP":       {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypeIPv4), v4(layers.IPProtocolIPv6), v6(layers.IPProtocolTCP)}},
		"GRE":            {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypeIPv4), v4(layers.IPProtocolGRE), &layers.GRE{Protocol: layers.EthernetTypeIPv4}, v4(layers.IPProtocolTCP)}},
		"VXLAN":          {layers.LinkTypeEthernet, []gopacket.SerializableLayer{ether(layers.EthernetTypeIPv4), v4(layers.IPProtocolUDP), udp, &layers.VXLAN{ValidIDFlag: true}, ether(layers.EthernetTypeIPv4), v4(layers.IPProtocolTCP)}},
		"PPP":            {layers.LinkTypePPP, []gopacket.SerializableLayer{bytesOf(0xff, 3, 0, 0x21), v4(layers.IPProtocolTCP)}},
		"BSD loopback":   {layers.LinkTypeNull, []gopacket.SerializableLayer{bytesOf(2, 0, 0, 0), v4(layers.IPProtocolTCP)}},
		"cooked":         {layers.LinkTypeLinuxSLL, []gopacket.SerializableLayer{bytesOf(make([]byte, 14)...), bytesOf(8, 0), v4(layers.IPProtocolTCP)}},
		"cooked, second": {layers.LinkTypeLinuxSLL2, []gopacket.SerializableLayer{bytesOf(0x86, 0xdd), bytesOf(make([]byte, 18)...), v6(layers.IPProtocolTCP)}},
		"IP alone":       {101, []gopacket.SerializableLayer{v6(layers.IPProtocolTCP)}},
	} {
		for _, l := range tt.layers { // the innermost is the last
			if ip, ok := l.(gopacket.NetworkLayer); ok {
				_ = tcp.SetNetworkLayerForChecksum(ip)
				_ = udp.SetNetworkLayerForChecksum(ip)
			}
		}
		out := gopacket.NewSerializeBuffer()
		all := append(tt.layers, tcp, gopacket.Payload(get))
		if err := gopacket.SerializeLayers(out, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, all...); err != nil {
			t.Fatal(name, err)
		}
		var b bytes.Buffer
		w := pcapgo.NewWriter(&b)
		must.Do(t, w.WriteFileHeader(1<<16, tt.link))
		data := append(out.Bytes(), 0, 0) // padded, as short frames are
		must.Do(t, w.WritePacket(gopacket.CaptureInfo{Timestamp: start, CaptureLength: len(data), Length: len(data)}, data))
		const want = `GET http://api.example/a?b=1 "" no answer was captured`
		if got := lines(Read(&b, "x")); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", name, got)
		}
		for n := range data { // cut anywhere, it is read without a panic
			parse(tt.link, data[:n])
		}
	}
}
