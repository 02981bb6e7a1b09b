package route

import (
	"testing"
)

func TestShapes(t *testing.T) {
	for s, want := range map[string]shape{
		"users": shapeWord, "user-accounts": shapeWord, "order_items": shapeWord, "API": shapeWord,
		"loginHistory": shapeMixed, "OctoCat": shapeMixed,
		"oauth2": shapeDigits, "job-12": shapeDigits, "main.go": shapeOdd, "$count": shapeOdd, "a b": shapeOdd,
		"v1": shapeVersion, "v2beta1": shapeVersion, "v1.0": shapeVersion, "V3": shapeVersion,
		"7": shapeInt, "-12": shapeInt, "+491701234567": shapeInt, "20240501": shapeInt,
		"0f8fad5b-d9cb-469f-a165-70867728950e": shapeUUID, "2024-05-01": shapeDate, "2024-05-01T10:00:00Z": shapeDate,
		"10.0.0.1": shapeIP, "fe80::1": shapeIP, "ann@example.com": shapeEmail, "1.2.3": shapeDotted,
		"v1.2.3": shapeDotted, "1.2.3-rc.1": shapeDotted,
		"555-12-3456": shapeDotted, "deadbeef01": shapeHex, "507f1f77bcf86cd799439011": shapeHex,
		"cus_9s6XKzkNRiz8i3": shapePrefixed, "pi_3MtwBwLkdIwHu7ix28a3tqPa": shapePrefixed,
		"01ARZ3NDEKTSV4RRFFQ69G5FAV": shapeToken,
		"eyJhbGciOiJIUzI1NiJ9":       shapeToken, "linode/ubuntu": shapeSlash, "facade": shapeWord,
		"networking.k8s.io":         shapeOdd,
		"rbac.authorization.k8s.io": shapeOdd, "customresourcedefinitions": shapeWord,
		"GHWorkflowRunTest": shapeMixed, "addCustomFieldSetting": shapeMixed,
		"IpAccessControlListMappings": shapeMixed, "getSMSByIdAndKey": shapeMixed, "qLmXwPzRtKvB": shapeToken,
		"vGbnkLpqRtdWcsMh": shapeToken, "validatingadmissionpolicybindings": shapeWord,
	} {
		t.Run(s, func(t *testing.T) {
			if got := shapeOf(s); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
