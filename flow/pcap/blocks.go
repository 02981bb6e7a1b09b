package pcap

import (
	"fmt"
	"io"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Limits of what a pcapng file has besides packets. The library keeps the descriptions of
// interfaces, names of hosts and keys of TLS in memory until the section ends: an interface of 20
// bytes takes a kilobyte.
const (
	maxInterfaces = 4096
	maxBetween    = 8 << 20 // bytes from one packet to the end of the next
)

// sections reads the packets of a pcapng file within those limits.
type sections struct {
	file *bounded
	ng   *pcapgo.NgReader
}

// bounded is a reader that fails after a number of bytes.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("more than %d bytes of blocks without a packet", maxBetween)
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}

// newSections reads the head of a file.
func newSections(r io.Reader) (*sections, error) {
	s := &sections{file: &bounded{r, maxBetween}}
	var err error
	s.ng, err = pcapgo.NewNgReader(s.file, pcapgo.NgReaderOptions{})
	return s, err
}

// ReadPacketData implements [packets].
func (s *sections) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	s.file.left = maxBetween
	data, info, err := s.ng.ReadPacketData()
	if n := s.ng.NInterfaces(); err == nil && n > maxInterfaces {
		err = fmt.Errorf("%d interfaces in one section, more than %d", n, maxInterfaces)
	}
	return data, info, err
}

// LinkType implements [packets].
func (s *sections) LinkType() layers.LinkType { return s.ng.LinkType() }
