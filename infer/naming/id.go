package naming

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// maxLevel is the last level of [Operation.idAt].
const maxLevel = 4

// IDs returns an operationId for each operation, unique without regard to case. It adds all owners,
// then the parameters, then the versions, then the method to names that occur more than once, and
// last a number. The names depend on the set of operations, not on its order.
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
				if len(group) > 1 && level[i] < maxLevel {
					level[i]++
					changed = true
				}
			}
		}
	}
	return addNumbers(ids, operations)
}

// idAt returns the operationId, such as listUserOrders. Each level adds words: 1 the owners of what
// an action is done to, 2 the parameters, 3 the versions, 4 the method.
func (o Operation) idAt(level int) string {
	words := o.words(level >= 1)
	if level >= 2 {
		var by []string
		for _, s := range o.Segments {
			for _, p := range s.Params {
				own := noun.Words(p)
				for len(own) > 0 && slices.Contains(words, own[0]) { // repositorySlug of a repository
					own = own[1:]
				}
				by = append(by, own...)
			}
		}
		if len(by) > 0 {
			words = append(append(words, "by"), by...)
		}
	}
	if level >= 3 {
		for _, s := range o.Segments {
			if IsVersion(s.Literal) {
				words = append(words, noun.Words(s.Literal)...)
			}
		}
	}
	if method := strings.ToLower(o.Method); level >= 4 && o.IsCall {
		words = append(words, "by", method)
	} else if level >= 4 && words[0] != method {
		words = append(noun.Words(o.Method), words...)
	}
	return noun.Camel(words...)
}

// addNumbers adds a number to each name that an operation before it has, in the order of their
// paths.
func addNumbers(ids []string, operations []Operation) []string {
	order := make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return strings.Compare(operations[a].key(), operations[b].key())
	})
	used := map[string]bool{}
	for _, i := range order {
		id := ids[i]
		for k := 2; used[strings.ToLower(id)]; k++ {
			id = ids[i] + strconv.Itoa(k)
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
