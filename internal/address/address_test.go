package address

import (
	"errors"
	"net"
	"net/netip"
	"testing"
)

// TestIsPublic checks each special-purpose range.
func TestIsPublic(t *testing.T) {
	for a, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false,
		"240.0.0.1": false, "192.0.2.1": false, "::1": false, "::": false, "fe80::1": false, "fc00::1": false, "fec0::1": false,
		"::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "ff02::1": false,
		"fe80::1%eth0": false, "2606:4700::1111%eth0": false, "::7f00:1": false, "::ffff:0:127.0.0.1": false, "64:ff9b:1::7f00:1": false, "5f00::1": false, "100::1": false,
		"4000::1": false, "fd00:ec2::254": false, "3fff::1": false, "2a00:1450:4001::200e": true, "100.100.100.200": false, "192.0.0.192": false,
	} {
		t.Run(a, func(t *testing.T) {
			if got := isPublic(netip.MustParseAddr(a)); got != want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestCheckOwn checks that an address of this machine is refused although it is public.
func TestCheckOwn(t *testing.T) {
	defer func() { interfaceAddrs = net.InterfaceAddrs }()
	interfaceAddrs = func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: net.ParseIP("8.8.8.8"), Mask: net.CIDRMask(24, 32)},
			&net.IPNet{IP: net.ParseIP("2606:4700::5"), Mask: net.CIDRMask(64, 128)}}, nil
	}
	for _, tt := range []struct {
		name, addr string
		want       error
	}{
		{"own", "8.8.8.8", errThisMachine},
		{"own, mapped", "::ffff:8.8.8.8", errThisMachine},
		{"own IPv6", "2606:4700::5", errThisMachine},
		{"neighbour", "8.8.8.9", nil},
		{"neighbour IPv6", "2606:4700::6", nil},
		{"private", "10.0.0.1", errNotPublic},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := Check(netip.MustParseAddr(tt.addr)); err != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if !IsSpecialHost("8.8.8.8") || IsSpecialHost("8.8.8.9") {
		t.Error("an own address is not special, or another one is")
	}
	interfaceAddrs = func() ([]net.Addr, error) { return nil, errors.New("not known") }
	if err := Check(netip.MustParseAddr("8.8.8.8")); err != nil {
		t.Errorf("without a list of interfaces: %v", err)
	}
}

// TestIsSpecialHost checks the forms of an address that some resolver reads as one of this machine
// or its networks.
func TestIsSpecialHost(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.1": true, "2130706433": true, "0x7f000001": true, "0x7f.1": true, "0177.0.0.1": true,
		"0.0.0.0": true, "localhost": true, "LOCALHOST.": true, "a.localhost": true, "::1": true, "::ffff:127.0.0.1": true,
		"64:ff9b::7f00:1": true, "169.254.169.254": true, "169.254.169.254.": true, "fe80::1%eth0": true, "10.0.0.1": true,
		"１２７.０.０.１": true, "169。254。169。254": true, "ⓛocalhost": true, "localhost。": true, "localhost．": true,
		"a\u2024b.ü": true, "bücher.example": false, "xn--bcher-kva.example": false, "a_b.example": false,
		"8.8.8.8": false, "example.com": false, "7.example.com": false, "2606:4700::1111": false, "localhost.example": false,
	} {
		t.Run(host, func(t *testing.T) {
			if got := IsSpecialHost(host); got != want {
				t.Errorf("got %v", got)
			}
		})
	}
}
