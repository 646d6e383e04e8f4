// Of accounts that exist in the emulator only; tools/seed.py makes them.
export const DEMO_PASSWORD = "simpul-demo";
export const DEMO = {
  instructor: "instructor@simpul.test",
  student: "student@simpul.test",
  owner: "owner@simpul.test",
  admin: "admin@simpul.test",
};
