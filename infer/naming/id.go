package naming

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// maxOwned is the length up to which an operationId names all owners of an object. Clients bound
// the names of tools to 64 characters, of which the name of the server takes some.
const maxOwned = 48

// IDs returns an operationId for each operation, unique without regard to case. It adds the owners
// one by one, then the parameters, then the versions, then the method to names that occur more than
// once, and last a number. The names depend on the set of operations, not on its order.
func IDs(operations []Operation) []string {
	ids := make([]string, len(operations))
	level := make([]int, len(operations))
	for changed := true; changed; {
		changed = false
		same := map[string][]int{}
		for i, o := range operations {
			ids[i] = o.idAt(level[i])
			key := strings.ToLower(ids[i])
			same[key] = append(same[key], i)
		}
		for _, group := range same {
			for _, i := range group {
				if len(group) > 1 && level[i] < lastLevel {
					level[i]++
					changed = true
				}
			}
		}
	}
	return addNumbers(ids, operations)
}

// allOwners is the level from which an operationId names all owners, and lastLevel the last one.
const (
	allOwners = 6
	lastLevel = allOwners + 3
)

// idAt returns the operationId, such as listUserOrders. Each level up to allOwners adds an owner
// that is left out, and those after it words: the parameters, the versions, the method.
func (o Operation) idAt(level int) string {
	more := level
	if level >= allOwners {
		more = len(o.Segments)
	}
	words := o.words(more)
	if level > allOwners {
		var by []string
		for _, s := range o.Segments {
			for _, p := range s.Params {
				own := noun.Words(p)
				isSaid := func(w string) bool {
					return slices.Contains(words, w) || len(own) > 1 && strings.Contains(strings.Join(words, ""), w)
				}
				for len(own) > 0 && isSaid(own[0]) { // repositorySlug of a repository, iplist_id of an IP list
					own = own[1:]
				}
				by = append(by, own...)
			}
		}
		if len(by) > 0 {
			words = append(append(words, "by"), by...)
		}
	}
	if level > allOwners+1 {
		for _, s := range o.Segments {
			if IsVersion(s.Literal) {
				words = append(words, noun.Words(s.Literal)...)
			}
		}
	}
	if method := strings.ToLower(o.Method); level == lastLevel && (o.IsCall || o.IsRead) {
		words = append(words, "by", method)
	} else if level == lastLevel && words[0] != method {
		words = append(noun.Words(o.Method), words...)
	}
	return noun.Camel(words...)
}

// addNumbers adds a number to each name that an operation before it has, in the order of their
// paths. Operations with the same words, as those of two paths that differ in case, get their short
// name.
func addNumbers(ids []string, operations []Operation) []string {
	order := make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return strings.Compare(operations[a].key(), operations[b].key())
	})
	same := map[string]int{}
	for _, id := range ids {
		same[strings.ToLower(id)]++
	}
	used := map[string]bool{}
	for _, i := range order {
		id := ids[i]
		if same[strings.ToLower(id)] > 1 {
			id = operations[i].idAt(0)
		}
		base := id
		for k := 2; used[strings.ToLower(id)]; k++ {
			id = base + strconv.Itoa(k)
		}
		used[strings.ToLower(id)] = true
		ids[i] = id
	}
	return ids
}

// key identifies an operation among others: its path and method.
func (o Operation) key() string {
	var b strings.Builder
	for _, s := range o.Segments {
		b.WriteString("/" + s.Literal)
		for _, p := range s.Params {
			b.WriteString("{" + p + "}")
		}
	}
	return b.String() + o.Variant.Fragment() + " " + o.Method
}
