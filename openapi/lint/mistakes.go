package lint

import (
	"slices"
	"strings"
)

// mistakes are places where the structure of a document is wrong. The zero value and nil are empty.
type mistakes struct {
	pointers    []string // sorted, in lower case
	inComponent bool     // one of them is in a component, which may be used anywhere
}

// mistakesOf returns the places of findings by the names of their members, and all of them under
// "".
func mistakesOf(found []structuralFinding) map[string]*mistakes {
	all := map[string]*mistakes{}
	for _, f := range found {
		for _, name := range slices.Compact([]string{"", f.name}) {
			if all[name] == nil {
				all[name] = new(mistakes)
			}
			all[name].add(f.pointer)
		}
	}
	for _, m := range all {
		slices.Sort(m.pointers)
	}
	return all
}

func (m *mistakes) add(pointer string) {
	m.pointers = append(m.pointers, pointer)
	for _, section := range []string{"/components/", "/definitions/", "/parameters/", "/responses/"} {
		m.inComponent = m.inComponent || strings.HasPrefix(pointer, section)
	}
}

// isWithin reports whether a mistake is at or below a place, or in a component.
func (m *mistakes) isWithin(pointer string) bool {
	if m == nil || m.inComponent {
		return m != nil
	}
	pointer = strings.ToLower(pointer)
	i, _ := slices.BinarySearch(m.pointers, pointer)
	return i < len(m.pointers) && strings.HasPrefix(m.pointers[i], pointer)
}

// isReported reports whether the structure of the document shows a mistake already: one about a
// member that the message names, at or below the place or in a component.
func (w *walker) isReported(p site, message string) bool {
	pointer := w.pointerOf(p)
	for name, m := range w.structural {
		if name != "" && strings.Contains(message, name) && m.isWithin(pointer) {
			return true
		}
	}
	return false
}

// pointerOf returns the pointer of a place in the text of the document.
func (w *walker) pointerOf(p site) string {
	if w.converted {
		return w.pointer2(p)
	}
	return p.pointer
}
