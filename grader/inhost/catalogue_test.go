package inhost

import (
	"maps"
	"slices"
	"testing"

	"github.com/brokerlab/brokerlab/labs"
)

// TestCatalogueOfLabs: the lint of labs knows the brokers and services that are here.
func TestCatalogueOfLabs(t *testing.T) {
	var brokers []string
	for _, b := range labs.Brokers {
		brokers = append(brokers, b.Name)
	}
	if got := slices.Sorted(maps.Keys(miniatures)); !slices.Equal(got, brokers) {
		t.Errorf("labs.Brokers are %q, the host has %q", brokers, got)
	}
	if got := slices.Sorted(maps.Keys(services)); !slices.Equal(got, slices.Sorted(slices.Values(labs.Services))) {
		t.Errorf("labs.Services are %q, the host has %q", labs.Services, got)
	}
}
