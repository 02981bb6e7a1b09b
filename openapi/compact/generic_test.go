package compact

import (
	"fmt"
	"strings"
	"testing"
)

// TestGeneric checks what is said of types that have one form: those that are called by what they
// are made of share a line, and the others have one each.
func TestGeneric(t *testing.T) {
	var schemas, paths []string
	list := func(name, of string) {
		schemas = append(schemas, fmt.Sprintf(`%q:{"type":"object","required":["data","has_more_of_them","object"],"properties":{`+
			`"data":{"type":"array","items":{"$ref":"#/components/schemas/%s"}},"has_more_of_them":{"type":"boolean"},`+
			`"object":{"const":"list_of_objects_of_this_account_and_of_all_that_are_connected_with_it"}}}`, name, of))
		paths = append(paths, fmt.Sprintf(`"/%s":{"get":{"responses":{"200":{"description":"d","content":{"application/json":{"schema":`+
			`{"$ref":"#/components/schemas/%s"}}}}}}}`, strings.ToLower(name), name))
	}
	for _, of := range []string{"Account", "Charge", "Refund", "Transfer"} {
		schemas = append(schemas, fmt.Sprintf(`%q:{"type":"object","properties":{"id_of_%s":{"type":"string"}}}`, of, strings.ToLower(of)))
		list(of+"List", of)
	}
	list("PayoutsList", "Refund")
	f := form(t, load(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{`+strings.Join(paths, ",")+
		`},"components":{"schemas":{`+strings.Join(schemas, ",")+`}}}`))
	checkNothingLost(t, f)
	whole := f.String()
	for _, want := range []string{
		"\nGET /accountlist -> AccountList\n",
		"\ntype PayoutsList = List<Refund>\n",
		"\ntype List<T> = {data:T[] has_more_of_them:bool object:\"list_of_objects_of_this_account_and_of_all_that_are_connected_with_it\"}\n" +
			"type TList = List<T> for T = Account, Charge, Refund, Transfer\n",
	} {
		if strings.Count(whole, want) != 1 {
			t.Errorf("the form lacks %q:\n%s", want, whole)
		}
	}
	if part := f.Part([]int{0}); !strings.Contains(part, "\ntype AccountList = List<Account>\n") {
		t.Errorf("a part with one list:\n%s", part)
	}
}
