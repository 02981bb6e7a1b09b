package format

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Flags of a page, and of an element of a leaf page.
const (
	branchPage  = 1
	leafPage    = 2
	bucketValue = 1
)

// elementSize is the size of an element of a branch or leaf page, before the keys and values.
const elementSize = 16

// ErrPages means that pages do not form a tree within the file.
var ErrPages = errors.New("the pages do not form a tree")

// CheckPages follows all references from the newest meta page to other pages. It returns ErrPages
// if one leads out of the file, to a page with another number or kind, or to a page that was
// visited before, or if an element is not within its page. bbolt, which maps the file, would read
// beyond it, and that ends the process where no caller can recover. It reads the file page by page,
// and ends with the context. The file must not change meanwhile.
func CheckPages(ctx context.Context, r io.ReaderAt) error {
	info, err := ReadMeta(r)
	if err != nil {
		return err
	}
	if info.pageSize < headerSize+size || info.pageSize > 16<<20 {
		return fmt.Errorf("%w: no valid header", ErrPages)
	}
	p := &pages{ctx: ctx, r: r, size: uint64(info.pageSize), end: uint64(info.Size / info.pageSize), seen: map[uint64]bool{}}
	return p.follow(info.root)
}

// pages is the state of one check.
type pages struct {
	ctx  context.Context
	r    io.ReaderAt
	size uint64 // of a page
	end  uint64 // number of pages
	seen map[uint64]bool
}

// follow checks the page with a number, and all that it leads to.
func (p *pages) follow(root uint64) error {
	for todo := []uint64{root}; len(todo) > 0; {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if err := p.ctx.Err(); err != nil {
			return err
		}
		data, err := p.read(id)
		if err != nil {
			return err
		}
		next, err := p.references(data)
		if err != nil {
			return fmt.Errorf("%w: page %d: %w", ErrPages, id, err)
		}
		todo = append(todo, next...)
	}
	return nil
}

// read returns a page with those that it runs over.
func (p *pages) read(id uint64) ([]byte, error) {
	if id < 2 || id >= p.end {
		return nil, fmt.Errorf("%w: a reference to page %d of %d", ErrPages, id, p.end)
	}
	var head [headerSize]byte
	if _, err := p.r.ReadAt(head[:], int64(id*p.size)); err != nil {
		return nil, err
	}
	more := uint64(binary.NativeEndian.Uint32(head[12:]))
	if binary.NativeEndian.Uint64(head[:]) != id || more >= p.end-id {
		return nil, fmt.Errorf("%w: page %d has another number or size", ErrPages, id)
	}
	for i := range more + 1 {
		if p.seen[id+i] {
			return nil, fmt.Errorf("%w: page %d has two references", ErrPages, id+i)
		}
		p.seen[id+i] = true
	}
	data := make([]byte, (more+1)*p.size)
	_, err := p.r.ReadAt(data, int64(id*p.size))
	return data, err
}

// references checks the elements of a page, which may be nested in a value, and returns the pages
// that they refer to.
func (p *pages) references(page []byte) (next []uint64, err error) {
	if len(page) < headerSize {
		return nil, errors.New("it is too short")
	}
	ne := binary.NativeEndian
	kind, count := ne.Uint16(page[8:]), int(ne.Uint16(page[10:]))
	if kind != branchPage && kind != leafPage {
		return nil, fmt.Errorf("its kind is %d", kind)
	}
	if headerSize+count*elementSize > len(page) {
		return nil, errors.New("it has too many elements")
	}
	for i := range count {
		from := headerSize + i*elementSize
		e := page[from:]
		if kind == branchPage {
			if uint64(from)+uint64(ne.Uint32(e))+uint64(ne.Uint32(e[4:])) > uint64(len(page)) {
				return nil, errors.New("a key is not within it")
			}
			next = append(next, ne.Uint64(e[8:]))
			continue
		}
		at := uint64(from) + uint64(ne.Uint32(e[4:])) + uint64(ne.Uint32(e[8:]))
		end := at + uint64(ne.Uint32(e[12:]))
		if end > uint64(len(page)) {
			return nil, errors.New("a value is not within it")
		}
		if ne.Uint32(e)&bucketValue == 0 {
			continue
		}
		more, err := p.bucket(page[at:end])
		if err != nil {
			return nil, err
		}
		next = append(next, more...)
	}
	return next, nil
}

// bucket returns the pages that the value of a bucket refers to: its root, or what the page in the
// value does.
func (p *pages) bucket(value []byte) ([]uint64, error) {
	const head = 16 // root page and sequence
	if len(value) < head {
		return nil, errors.New("a bucket is too short")
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return []uint64{root}, nil
	}
	return p.references(value[head:])
}
