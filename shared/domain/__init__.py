"""What several groups share: devices, machines, alerts. Imports the floors below."""
